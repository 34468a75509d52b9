import { NOTHING, storeNaN } from './selection';

export function fill(at: usize, end: usize, value: f32): void {
  for (; at < end; at += 16) {
    v128.store(at, f32x4.splat(value));
  }
}

/**
 * Score and selection of four channels from ascending lists between `first` and `last`: the highest values end at
 * `topEnd`, the lowest begin at `bottom`.
 */
export function finish(
  first: usize, last: usize, topEnd: usize, bottom: usize, scores: usize, selection: usize, rowBytes: usize,
  topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  let low = f64x2.splat(0), high = low;
  let end: usize, next: usize, threshold: v128, weight: v128;
  for (let side = 0; side < 2; side++, selection += rowBytes << 1) {
    let at: usize;
    if (side === 0) {
      at = topEnd - (<usize>topCount << 4);
      end = topEnd;
      next = at - 16;
      threshold = v128.load(at);
      weight = f64x2.splat(topWeight);
    } else {
      at = bottom;
      end = bottom + (<usize>bottomCount << 4);
      next = end;
      threshold = v128.load(end - 16);
      weight = f64x2.splat(bottomWeight);
    }
    if (at === end) {
      threshold = f32x4.splat(NOTHING);
    }
    let ties = i32x4.splat(0);
    let lowSum = f64x2.splat(0), highSum = lowSum;
    for (; at < end; at += 16) {
      const values = v128.load(at);
      ties = i32x4.sub(ties, f32x4.eq(values, threshold));
      lowSum = f64x2.add(lowSum, f64x2.promote_low_f32x4(values));
      highSum = f64x2.add(highSum, f64x2.promote_low_f32x4(v128.shuffle<u64>(values, values, 1, 1)));
    }
    low = f64x2.add(low, f64x2.mul(lowSum, weight));
    high = f64x2.add(high, f64x2.mul(highSum, weight));
    v128.store(selection, threshold);
    // Every tie is taken where the list goes on with another value.
    if (next >= first && next < last) {
      ties = v128.or(ties, i32x4.shr_u(f32x4.ne(v128.load(next), threshold), 1));
    }
    v128.store(selection + rowBytes, ties);
  }
  v128.store(scores, v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
}

/** Overwrites the results of those of four channels that hold a NaN. */
export function storeNaNs(x: usize, scores: usize, selection: usize, regions: i32, rowBytes: usize): void {
  for (let lane: usize = 0; lane < 16; lane += 4) {
    storeNaN(x + lane, regions, rowBytes, scores + lane, selection + lane, rowBytes);
  }
}
