import { offsetOf } from './vectors';

/** Turns four channels of four rows into four columns' next values; gives the sum of the rows. */
@inline
function turn4x4(from: usize, rowBytes: usize, to: usize, columnBytes: usize): v128 {
  const a = v128.load(from), b = v128.load(from + rowBytes);
  from += rowBytes << 1;
  const c = v128.load(from), d = v128.load(from + rowBytes);
  const lowAB = v128.shuffle<u32>(a, b, 0, 4, 1, 5), highAB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const lowCD = v128.shuffle<u32>(c, d, 0, 4, 1, 5), highCD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(lowAB, lowCD, 0, 2));
  v128.store(to + columnBytes, v128.shuffle<u64>(lowAB, lowCD, 1, 3));
  to += columnBytes << 1;
  v128.store(to, v128.shuffle<u64>(highAB, highCD, 0, 2));
  v128.store(to + columnBytes, v128.shuffle<u64>(highAB, highCD, 1, 3));
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/**
 * Copies the channels of `vectors` vectors into columns, `columnBytes` apart, reading rows as they lie in memory.
 *
 * @param sums one vector for each: the sum of its rows, by which a NaN is noticed
 */
export function transpose(
  x: usize, regions: i32, channels: i32, first: i32, vectors: i32, columns: usize, columnBytes: usize, sums: usize,
): void {
  const rowBytes = <usize>channels << 2;
  for (let v = 0; v < vectors; v++) {
    v128.store(sums + (<usize>v << 4), f32x4.splat(0));
  }
  let region = 0;
  for (; region + 4 <= regions; region += 4, x += rowBytes << 2, columns += 16) {
    let to = columns, sum = sums;
    for (let v = first; v < first + vectors; v++, to += columnBytes << 2, sum += 16) {
      v128.store(sum, f32x4.add(v128.load(sum), turn4x4(x + offsetOf(v, channels), rowBytes, to, columnBytes)));
    }
  }
  for (; region < regions; region++, x += rowBytes, columns += 4) {
    let to = columns, sum = sums;
    for (let v = first; v < first + vectors; v++, sum += 16) {
      const row = v128.load(x + offsetOf(v, channels));
      v128.store(sum, f32x4.add(v128.load(sum), row));
      v128.store_lane<f32>(to, row, 0);
      to += columnBytes;
      v128.store_lane<f32>(to, row, 1);
      to += columnBytes;
      v128.store_lane<f32>(to, row, 2);
      to += columnBytes;
      v128.store_lane<f32>(to, row, 3);
      to += columnBytes;
    }
  }
}
