/**
 * Pooling of small maps with counts too large for lists: four channels at a time, all regions are sorted by a network.
 * With SIMD for at least 4 channels; without it as in sortedLists.ts.
 */
import { insertBag } from './parts/insertion';
import { fill, finish, storeNaNs } from './parts/sortedEnds';
import { sortVectors } from './parts/sortVectors';
import { offsetOf } from './parts/vectors';

/** The least power of 2 that is not less. */
@inline
function sortedSize(regions: i32): i32 {
  return 1 << 32 - clz(regions - 1);
}

/** Bytes of scratch that `pool` needs. */
export function poolScratch(
  _batch: i32, regions: i32, _channels: i32, topCount: i32, bottomCount: i32, _masked: bool,
): i32 {
  return ASC_FEATURE_SIMD ? sortedSize(regions) << 4 : topCount + bottomCount << 2;
}

/** Scores and selections of a batch of maps, as in sortedLists.ts, for any counts. */
export function pool(
  x: usize, _mask: usize, _plan: usize, scores: usize, selection: usize, scratch: usize, batch: i32, regions: i32,
  channels: i32, topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const rowBytes = <usize>channels << 2;
  for (let bag = 0; bag < batch; bag++) {
    if (ASC_FEATURE_SIMD) {
      for (let v = 0; v < channels + 3 >> 2; v++) {
        const offset = offsetOf(v, channels);
        poolSorted(
          x + offset, scores + offset, selection + offset, scratch, regions, rowBytes, topCount, bottomCount,
          topWeight, bottomWeight);
      }
    } else {
      insertBag(
        x, scores, selection, scratch, regions, channels, topCount, bottomCount, topWeight, bottomWeight);
    }
    x += <usize>regions * rowBytes;
    scores += rowBytes;
    selection += rowBytes << 2;
  }
}

/** Four channels of a small map. */
function poolSorted(
  x: usize, scores: usize, selection: usize, values: usize, regions: i32, rowBytes: usize, topCount: i32,
  bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const end = values + (<usize>regions << 4);
  const size = sortedSize(regions);
  let sum = f32x4.splat(0);
  for (let to = values, from = x; to < end; to += 16, from += rowBytes) {
    const row = v128.load(from);
    sum = f32x4.add(sum, row);
    v128.store(to, row);
  }
  fill(end, values + (<usize>size << 4), Infinity);
  sortVectors(values, size);
  finish(values, end, end, values, scores, selection, rowBytes, topCount, bottomCount, topWeight, bottomWeight);
  if (v128.any_true(f32x4.ne(sum, sum))) {
    storeNaNs(x, scores, selection, regions, rowBytes);
  }
}
