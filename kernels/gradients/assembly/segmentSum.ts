import { clear } from './parts/clear';

/**
 * Adds row i of x into row segmentIds[i] of out, for float32 or int32 rows of `width` elements.
 * Ids outside 0 … numSegments − 1 are dropped. `out` is cleared first.
 */
export function unsortedSegmentSum(
  x: usize, segmentIds: usize, out: usize, rows: i32, width: i32, numSegments: i32, isInt: bool,
): void {
  const rowBytes = <usize>width << 2;
  clear(out, <usize>numSegments * rowBytes);
  for (let row = 0; row < rows; row++, x += rowBytes, segmentIds += 4) {
    const segment = load<i32>(segmentIds);
    if (<u32>segment >= <u32>numSegments) {
      continue;
    }
    let to = out + <usize>segment * rowBytes;
    let from = x;
    const end = to + rowBytes;
    if (isInt) {
      for (; to < end; to += 4, from += 4) {
        store<i32>(to, load<i32>(to) + load<i32>(from));
      }
      continue;
    }
    if (ASC_FEATURE_SIMD) {
      for (; to + 16 <= end; to += 16, from += 16) {
        v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      }
    }
    for (; to < end; to += 4, from += 4) {
      store<f32>(to, load<f32>(to) + load<f32>(from));
    }
  }
}
