/**
 * Passes over a run, contiguous floats without NaN: counting, adding up, and packing what lies beyond a pivot.
 *
 * With SIMD, the kept lanes of a vector are shuffled to its front and stored whole; the next store begins where the
 * kept ones end. A run is filled up to whole vectors with NaN, which compares with nothing, so that passes need no tail.
 */

/** Bytes of the table of shuffles. */
export const TABLE_BYTES = 256;

/** For each set of lanes (a bit mask) the byte shuffle that moves them to the front. */
export function makeTable(table: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (let lanes = 0; lanes < 16; lanes++) {
      let to = table + (<usize>lanes << 4);
      for (let lane = 0; lane < 4; lane++) {
        store<u32>(to, 0x03020100 + lane * 0x04040404);
        to += <usize>(lanes >> lane & 1) << 2;
      }
    }
  }
}

/** Fills a run up. */
@inline
export function close(end: usize): void {
  if (ASC_FEATURE_SIMD) {
    v128.store(end, f32x4.splat(NaN));
  }
}

/**
 * Copies what is at least `pivot` from one run to another, or with `flip` = sign bit the negatives of which that is true;
 * gives how many.
 */
export function collect(from: usize, count: i32, to: usize, pivot: f32, flip: i32, table: usize): i32 {
  const start = to;
  const end = from + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    const pivots = f32x4.splat(pivot), flips = i32x4.splat(flip);
    for (; from < end; from += 16) {
      const values = v128.xor(v128.load(from), flips);
      const lanes = i32x4.bitmask(f32x4.ge(values, pivots));
      v128.store(to, i8x16.swizzle(values, v128.load(table + (<usize>lanes << 4))));
      to += <usize>popcnt(lanes) << 2;
    }
  } else {
    for (; from < end; from += 4) {
      const value = reinterpret<f32>(load<i32>(from) ^ flip);
      store<f32>(to, value);
      to += <usize>(value >= pivot) << 2;
    }
  }
  close(to);
  return <i32>(to - start >> 2);
}

/** Copies what is at least `high` or at most `low` from one run to another; gives how many. With SIMD only. */
export function collectEnds(from: usize, count: i32, to: usize, high: f32, low: f32, table: usize): i32 {
  const start = to;
  const highs = f32x4.splat(high), lows = f32x4.splat(low);
  for (const end = from + (<usize>count << 2); from < end; from += 16) {
    const values = v128.load(from);
    const lanes = i32x4.bitmask(v128.or(f32x4.ge(values, highs), f32x4.le(values, lows)));
    v128.store(to, i8x16.swizzle(values, v128.load(table + (<usize>lanes << 4))));
    to += <usize>popcnt(lanes) << 2;
  }
  close(to);
  return <i32>(to - start >> 2);
}

/** Keeps of a run what is above `pivot`, or with `flip` = sign bit what is below it. */
export function keep(run: usize, count: i32, pivot: f32, flip: i32, table: usize): void {
  let to = run;
  const end = run + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    const flips = i32x4.splat(flip), pivots = v128.xor(f32x4.splat(pivot), flips);
    for (; run < end; run += 16) {
      const values = v128.load(run);
      const lanes = i32x4.bitmask(f32x4.gt(v128.xor(values, flips), pivots));
      v128.store(to, i8x16.swizzle(values, v128.load(table + (<usize>lanes << 4))));
      to += <usize>popcnt(lanes) << 2;
    }
  } else {
    for (; run < end; run += 4) {
      const value = load<f32>(run);
      store<f32>(to, value);
      to += <usize>(flip ? value < pivot : value > pivot) << 2;
    }
  }
  close(to);
}

/** How many of a run are above `pivot` (high half) and how many equal it (low half). */
export function countAbove(run: usize, count: i32, pivot: f32): i64 {
  const end = run + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    const pivots = f32x4.splat(pivot);
    let above = i32x4.splat(0), level = above;
    for (; run < end; run += 16) {
      const values = v128.load(run);
      above = i32x4.sub(above, f32x4.gt(values, pivots));
      level = i32x4.sub(level, f32x4.eq(values, pivots));
    }
    // Both sums side by side: two lanes each, then halves.
    const pairs = i32x4.add(
      v128.shuffle<u32>(above, level, 0, 1, 4, 5), v128.shuffle<u32>(above, level, 2, 3, 6, 7));
    return <i64>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)) << 32 |
      <i64>(i32x4.extract_lane(pairs, 2) + i32x4.extract_lane(pairs, 3));
  }
  let counts: i64 = 0;
  for (; run < end; run += 4) {
    const value = load<f32>(run);
    counts += <i64>(value > pivot) << 32 | <i64>(value === pivot);
  }
  return counts;
}

/** Sum of what is above `pivot` in a run, in double precision. */
export function sumAbove(run: usize, count: i32, pivot: f32): f64 {
  const end = run + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    const pivots = f32x4.splat(pivot);
    let low = f64x2.splat(0), high = low;
    for (; run < end; run += 16) {
      let values = v128.load(run);
      values = v128.and(values, f32x4.gt(values, pivots));
      low = f64x2.add(low, f64x2.promote_low_f32x4(values));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<u64>(values, values, 1, 1)));
    }
    low = f64x2.add(low, high);
    return f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  }
  let sum: f64 = 0;
  for (; run < end; run += 4) {
    const value = load<f32>(run);
    sum += value > pivot ? <f64>value : 0;
  }
  return sum;
}
