/**
 * A small sample of four channels' columns, sorted: where to look for a threshold. Four channels at a time, a sample
 * value of each in one vector.
 */

/** How many regions of a map are sampled: a power of two, or 0 where looking at all of them costs no more. */
export function sampleSize(regions: i32): i32 {
  return regions >= 512 ? 64 : regions >= 128 ? 32 : regions >= 48 ? 16 : 0;
}

/**
 * The i-th sampled region. Steps are even but for a small shift, lest they fall into step with the rows of an image
 * and sample one of its columns only.
 */
export function sampledRegion(i: i32, step: i32): i32 {
  return i * step + i * 7 % step;
}

/** The i-th highest value of one lane of a sorted sample or, with `flip` = sign bit, of its negative. */
export function sampled(sample: usize, size: i32, i: i32, flip: i32): f32 {
  return flip ? -load<f32>(sample + (<usize>i << 4)) : load<f32>(sample + (<usize>(size - 1 - i) << 4));
}

/**
 * Positions in a sample between which, counted from the best, the `count`-th of `regions` values almost surely lies
 * (two standard deviations and one more): the worse one in the high half, the better one, which may be negative, in the
 * low half.
 */
export function bracket(count: i32, regions: i32, size: i32): i64 {
  // A bag may be empty.
  const share = <f32>count / <f32>max(1, regions);
  const middle = share * <f32>size;
  const margin: f32 = sqrt<f32>(middle * (1 - share)) * 2 + 1;
  return <i64>(<i32>(middle + margin) + 1) << 32 | <i64><u32>(<i32>(middle - margin) - 1);
}
