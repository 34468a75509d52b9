import { close } from './packing';
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
 * Copies the channels of `vectors` vectors into columns, `columnBytes` apart, reading rows as they lie in memory; at
 * least 4 of them. Columns are filled up to whole vectors with NaN.
 *
 * @param sums one vector for each: NaN in its lanes wherever the column holds one
 */
export function transpose(
  x: usize, regions: i32, channels: i32, first: i32, vectors: i32, columns: usize, columnBytes: usize, sums: usize,
): void {
  const rowBytes = <usize>channels << 2;
  for (let v = 0, end = columns + (<usize>regions << 2); v < vectors; v++) {
    v128.store(sums + (<usize>v << 4), f32x4.splat(0));
    for (let lane = 0; lane < 4; lane++, end += columnBytes) {
      close(end);
    }
  }
  for (let row = 0; row < regions; row += 4) {
    // The last four rows again, where fewer are left.
    row = min(row, regions - 4);
    const from = x + <usize>row * rowBytes;
    let to = columns + (<usize>row << 2), sum = sums;
    for (let v = first; v < first + vectors; v++, to += columnBytes << 2, sum += 16) {
      v128.store(sum, f32x4.add(v128.load(sum), turn4x4(from + offsetOf(v, channels), rowBytes, to, columnBytes)));
    }
  }
}
