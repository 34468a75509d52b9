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

/** Puts two vectors in order, lane by lane. */
@inline
function order(low: usize, high: usize): void {
  if (ASC_FEATURE_SIMD) {
    const a = v128.load(low), b = v128.load(high);
    v128.store(low, f32x4.pmin(a, b));
    v128.store(high, f32x4.pmax(b, a));
  } else {
    for (let lane = 0; lane < 4; lane++, low += 4, high += 4) {
      const a = load<f32>(low), b = load<f32>(high);
      store<f32>(low, b < a ? b : a);
      store<f32>(high, b < a ? a : b);
    }
  }
}

/** Sorts `size` (a power of two) vectors lane by lane, ascending: Batcher's bitonic network. */
export function sortSample(sample: usize, size: i32): void {
  const bytes = <usize>size << 4;
  const end = sample + bytes;
  for (let run: usize = 32; run <= bytes; run <<= 1) {
    for (let block = sample; block < end; block += run) {
      for (let low = block, high = block + run - 16; low < high; low += 16, high -= 16) {
        order(low, high);
      }
    }
    for (let gap = run >> 2; gap >= 16; gap >>= 1) {
      for (let block = sample; block < end; block += gap << 1) {
        for (let low = block; low < block + gap; low += 16) {
          order(low, low + gap);
        }
      }
    }
  }
}
