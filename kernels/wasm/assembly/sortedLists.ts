/**
 * Pooling with small counts: every channel keeps a sorted list of its highest and one of its lowest values while
 * the map streams by once, row after row, all channels side by side.
 *
 * With SIMD, a list holds 4, 8 or 16 values of four channels at once. Rows come in blocks of as many: a sorting
 * network orders the block (its four channels independently, without a branch), and half a merging network brings
 * the better half of list and block into the list. A block that holds nothing better is skipped.
 *
 * A list's worst value is the threshold of the selection; with how many values equal to it were taken (ties: the
 * lowest region indices) that is all that the way back has to know.
 */
import { insertBag } from './parts/insertion';
import { absorb4, halfOf, merge16, sort16, sort8 } from './parts/networks';
import { fill, finish, storeNaNs } from './parts/sortedEnds';
import { offsetOf } from './parts/vectors';

/** Bytes of the lists that are kept at once, a third of a first-level cache. */
const LIST_BYTES = 10240;
/** Rows that are taken through all vectors of a panel before the next rows: rows are contiguous, columns are not. */
const TILE = 16;

/** Bytes of scratch that `pool` needs. */
export function poolScratch(
  _batch: i32, _regions: i32, channels: i32, topCount: i32, bottomCount: i32, _masked: bool,
): i32 {
  if (ASC_FEATURE_SIMD) {
    // Two blocks that sorting works in, and two lists for each vector of a panel.
    return 512 + min(LIST_BYTES, (channels + 3 >> 2) * (listSize(max(topCount, bottomCount)) << 5));
  }
  return topCount + bottomCount << 2;
}

/**
 * Scores and selections of a batch of maps x `[batch, regions, channels]`; with SIMD at least 4 channels and counts
 * of at most 16. Masks and plans are for columns.ts.
 *
 * @param scores float32 `[batch, channels]`
 * @param selection `[batch, 4, channels]`, see parts/selection.ts
 */
export function pool(
  x: usize, _mask: usize, _plan: usize, scores: usize, selection: usize, scratch: usize, batch: i32, regions: i32,
  channels: i32, topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const rowBytes = <usize>channels << 2;
  for (let bag = 0; bag < batch; bag++) {
    if (ASC_FEATURE_SIMD) {
      const vectors = channels + 3 >> 2;
      const panel = LIST_BYTES / (listSize(max(topCount, bottomCount)) << 5);
      for (let first = 0; first < vectors; first += panel) {
        poolPanel(
          x, scores, selection, scratch, first, min(panel, vectors - first), regions, channels,
          topCount, bottomCount, topWeight, bottomWeight);
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

function listSize(count: i32): i32 {
  return count <= 4 ? 4 : count <= 8 ? 8 : 16;
}

function poolPanel(
  x: usize, scores: usize, selection: usize, scratch: usize, first: i32, vectors: i32, regions: i32, channels: i32,
  topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const rowBytes = <usize>channels << 2;
  const size = listSize(max(topCount, bottomCount));
  const listBytes = <usize>size << 4;
  const pairBytes = listBytes << 1;
  const block = scratch, spare = scratch + 256, lists = scratch + 512;
  for (let list = lists, v = 0; v < vectors; v++, list += pairBytes) {
    fill(list, list + listBytes, -Infinity);
    fill(list + listBytes, list + pairBytes, Infinity);
  }

  // The sum of everything is NaN wherever a value is. Adding a tile up in the order of memory also brings it into the
  // cache faster than going down its columns would.
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  const inBlocks = regions & -size;
  for (let row = 0; row < inBlocks; row += TILE) {
    const rows = min(TILE, inBlocks - row);
    const tile = x + <usize>row * rowBytes;
    for (let done = 0, at = tile; done < rows; done += 4, at += rowBytes << 2) {
      for (let v = first; v < first + vectors; v++) {
        const a = at + offsetOf(v, channels), b = a + (rowBytes << 1);
        sum0 = f32x4.add(sum0, v128.load(a));
        sum1 = f32x4.add(sum1, v128.load(a + rowBytes));
        sum2 = f32x4.add(sum2, v128.load(b));
        sum3 = f32x4.add(sum3, v128.load(b + rowBytes));
      }
    }
    for (let list = lists, v = first; v < first + vectors; v++, list += pairBytes) {
      let from = tile + offsetOf(v, channels);
      if (size === 4) {
        absorb4(from, rowBytes, rows >> 2, list);
      } else {
        for (let done = 0; done < rows; done += size, from += <usize>size * rowBytes) {
          absorbBlock(from, rowBytes, list, size, topCount, bottomCount, block, spare);
        }
      }
    }
  }
  for (let row = inBlocks; row < regions; row++) {
    for (let list = lists, v = first; v < first + vectors; v++, list += pairBytes) {
      const values = v128.load(x + <usize>row * rowBytes + offsetOf(v, channels));
      sum0 = f32x4.add(sum0, values);
      insertRow(values, list, listBytes, topCount, bottomCount);
    }
  }
  sum0 = f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3));
  const suspicious = v128.any_true(f32x4.ne(sum0, sum0));
  for (let list = lists, v = first; v < first + vectors; v++, list += pairBytes) {
    const offset = offsetOf(v, channels);
    const bottom = list + listBytes;
    finish(
      list, list + pairBytes, bottom, bottom, scores + offset, selection + offset, rowBytes, topCount, bottomCount,
      topWeight, bottomWeight);
    if (suspicious) {
      storeNaNs(x + offset, scores + offset, selection + offset, regions, rowBytes);
    }
  }
}

/** Takes a block of 8 or 16 rows into lists of as many. */
function absorbBlock(
  from: usize, rowBytes: usize, list: usize, size: i32, topCount: i32, bottomCount: i32, block: usize, spare: usize,
): void {
  const listBytes = <usize>size << 4;
  const bottom = list + listBytes;
  if (size === 8) {
    sort8(from, rowBytes, block);
  } else {
    sort16(from, rowBytes, block, spare);
  }
  // Equals count as better: the value after the threshold tells whether every tie was taken.
  if (topCount > 0 && v128.any_true(f32x4.ge(
    v128.load(block + listBytes - 16), v128.load(bottom - (<usize>topCount << 4))))) {
    if (size === 8) {
      halfOf(list, block + 112, -16, list, true);
    } else {
      merge16(list, block, spare, true);
    }
  }
  if (bottomCount > 0 && v128.any_true(f32x4.le(
    v128.load(block), v128.load(bottom + (<usize>(bottomCount - 1) << 4))))) {
    if (size === 8) {
      halfOf(bottom, block + 112, -16, bottom, false);
    } else {
      merge16(bottom, block, spare, false);
    }
  }
}

/** Takes one row of four channels into their lists, which begin with the lowest value. */
function insertRow(row: v128, list: usize, listBytes: usize, topCount: i32, bottomCount: i32): void {
  const bottom = list + listBytes;
  if (topCount > 0) {
    const worst = bottom - (<usize>topCount << 4);
    if (v128.any_true(f32x4.ge(row, v128.load(worst)))) {
      let carry = row;
      for (let at = bottom - 16, end = max(list, worst - 16); at >= end; at -= 16) {
        const kept = v128.load(at);
        v128.store(at, f32x4.pmax(kept, carry));
        carry = f32x4.pmin(carry, kept);
      }
    }
  }
  if (bottomCount > 0) {
    const worst = bottom + (<usize>(bottomCount - 1) << 4);
    if (v128.any_true(f32x4.le(row, v128.load(worst)))) {
      let carry = row;
      for (let at = bottom, end = min(bottom + listBytes, worst + 32); at < end; at += 16) {
        const kept = v128.load(at);
        v128.store(at, f32x4.pmin(kept, carry));
        carry = f32x4.pmax(carry, kept);
      }
    }
  }
}
