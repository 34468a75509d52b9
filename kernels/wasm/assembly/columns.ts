/**
 * Pooling with large counts, or with few channels: maps are copied into columns, several side by side, and each
 * end of each column is selected by threshold (parts/selectEnd.ts), at a cost that hardly depends on the count.
 */
import { close, collectEnds, makeTable, TABLE_BYTES } from './parts/packing';
import { bracket, sampled, sampledRegion, sampleSize } from './parts/sample';
import { storeNaN } from './parts/selection';
import { selectEnd } from './parts/selectEnd';
import { sortVectors } from './parts/sortVectors';
import { transpose } from './parts/transpose';
import { offsetOf } from './parts/vectors';

/**
 * Vectors of channels that are turned into columns at once: enough of each row for the hardware to see a stream, few
 * enough for the columns to stay in a second-level cache.
 */
const PANEL = 6;

/** 0 where one column at a time is gathered: fewer than four channels or regions, a mask, no SIMD, or an input hardly larger. */
function panelSize(batch: i32, regions: i32, channels: i32, masked: bool): i32 {
  if (ASC_FEATURE_SIMD) {
    // Columns, their sample and two runs stay within the size of the input.
    return masked || channels < 4 || regions < 4 ? 0 : min(min(PANEL, channels + 3 >> 2), (batch * channels - 1) / 6);
  }
  return 0;
}

/** An odd number of cache lines, so that columns written side by side do not compete for the same ones. */
function columnSize(regions: i32): usize {
  return (<usize>regions + 15 >> 4 | 1) << 6;
}

/** Whether a column must be copied: a single channel of whole vectors is read where it is. */
function copies(regions: i32, channels: i32, masked: bool): bool {
  return masked || channels > 1 || (regions & 3) !== 0;
}

/** Bytes of scratch that `pool` needs. */
export function poolScratch(
  batch: i32, regions: i32, channels: i32, _topCount: i32, _bottomCount: i32, masked: bool,
): i32 {
  const vectors = panelSize(batch, regions, channels, masked);
  const columns = vectors > 0 ? vectors << 2 : i32(copies(regions, channels, masked));
  return TABLE_BYTES + max(1, vectors) * (sampleSize(regions) + 1 << 4) + columns * <i32>columnSize(regions) +
    ((regions << 2) + 16 << i32(vectors > 0));
}

/**
 * Scores and selections of a batch of maps, as in sortedLists.ts, for any channels and counts.
 *
 * @param mask one byte for each region, or 0: regions with 0 are left out
 * @param plan float32 `[batch, 4]`, each bag's counts and weights in place of the last four arguments, or 0
 */
export function pool(
  x: usize, mask: usize, plan: usize, scores: usize, selection: usize, scratch: usize, batch: i32, regions: i32,
  channels: i32, topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const rowBytes = <usize>channels << 2;
  const columnBytes = columnSize(regions);
  const size = sampleSize(regions);
  const step = size > 0 ? regions / size : 0;
  const vectors = (channels + 3) >> 2;
  const panel = panelSize(batch, regions, channels, mask !== 0);
  const sums = scratch + TABLE_BYTES;
  const samples = sums + (<usize>max(1, panel) << 4);
  const sampleBytes = <usize>size << 4;
  const columns = samples + <usize>max(1, panel) * sampleBytes;
  const gathers = copies(regions, channels, mask !== 0);
  const run = columns + (panel > 0 ? <usize>panel << 2 : <usize>gathers) * columnBytes;
  const both = run + (<usize>regions << 2) + 16;
  makeTable(scratch);
  for (let bag = 0; bag < batch; bag++) {
    if (plan) {
      topCount = <i32>load<f32>(plan);
      bottomCount = <i32>load<f32>(plan, 4);
      topWeight = load<f32>(plan, 8);
      bottomWeight = load<f32>(plan, 12);
      plan += 16;
    }
    if (panel === 0) {
      for (let offset: usize = 0; offset < rowBytes; offset += 4) {
        let column = x + offset;
        let valid = regions;
        if (gathers) {
          valid = gather(column, mask, regions, rowBytes, columns);
          column = columns;
        }
        poolAlone(
          column, scores + offset, selection + offset, samples, run, scratch, valid, rowBytes, topCount,
          bottomCount, topWeight, bottomWeight);
      }
    } else if (ASC_FEATURE_SIMD) {
      const tops = bracket(topCount, regions, size), bottoms = bracket(bottomCount, regions, size);
      for (let first = 0; first < vectors; first += panel) {
        const width = min(panel, vectors - first);
        for (let i = 0; i < size; i++) {
          const row = x + <usize>sampledRegion(i, step) * rowBytes;
          for (let v = 0; v < width; v++) {
            v128.store(samples + <usize>v * sampleBytes + (<usize>i << 4), v128.load(row + offsetOf(first + v, channels)));
          }
        }
        transpose(x, regions, channels, first, width, columns, columnBytes, sums);
        for (let v = 0; v < width; v++) {
          const sample = samples + <usize>v * sampleBytes;
          sortVectors(sample, size);
          const offset = offsetOf(first + v, channels);
          // The last vector overlaps its neighbour, whose channels are done.
          for (let lane = (<usize>(first + v) << 4) - offset; lane < 16; lane += 4) {
            poolColumn(
              columns + ((<usize>v << 2) + (lane >> 2)) * columnBytes, both, load<f32>(sums + (<usize>v << 4) + lane),
              scores + offset + lane, selection + offset + lane, sample + lane, size, run, scratch, regions,
              rowBytes, topCount, bottomCount, tops, bottoms, topWeight, bottomWeight);
          }
        }
      }
    }
    mask += mask ? <usize>regions : 0;
    x += <usize>regions * rowBytes;
    scores += rowBytes;
    selection += rowBytes << 2;
  }
}

/** Copies a channel's values, or with a mask the valid ones, into a column; gives their number. */
function gather(from: usize, mask: usize, regions: i32, rowBytes: usize, to: usize): i32 {
  const start = to;
  for (let region: usize = 0; region < <usize>regions; region++, from += rowBytes) {
    store<f32>(to, load<f32>(from));
    to += mask === 0 || load<u8>(mask + region) ? 4 : 0;
  }
  close(to);
  return <i32>(to - start >> 2);
}

/** Pools a column that has the sample to itself. */
function poolAlone(
  column: usize, score: usize, selection: usize, sample: usize, run: usize, table: usize, regions: i32,
  rowBytes: usize, topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const size = sampleSize(regions);
  const step = size > 0 ? regions / size : 0;
  for (let i = 0; i < size; i++) {
    const value = load<f32>(column + (<usize>sampledRegion(i, step) << 2));
    if (ASC_FEATURE_SIMD) {
      v128.store(sample + (<usize>i << 4), f32x4.splat(value));
    } else {
      for (let lane: usize = 0; lane < 16; lane += 4) {
        store<f32>(sample + (<usize>i << 4) + lane, value);
      }
    }
  }
  sortVectors(sample, size);
  poolColumn(
    column, 0, sumOf(column, regions), score, selection, sample, size, run, table, regions, rowBytes, topCount,
    bottomCount, bracket(topCount, regions, size), bracket(bottomCount, regions, size), topWeight, bottomWeight);
}

function sumOf(column: usize, count: i32): f32 {
  const end = column + (<usize>count << 2);
  let sum: f32 = 0;
  if (ASC_FEATURE_SIMD) {
    let sums = f32x4.splat(0);
    for (; column + 16 <= end; column += 16) {
      sums = f32x4.add(sums, v128.load(column));
    }
    sums = f32x4.add(sums, v128.shuffle<u32>(sums, sums, 2, 3, 0, 1));
    sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
  }
  for (; column < end; column += 4) {
    sum += load<f32>(column);
  }
  return sum;
}

/**
 * Score and selection of one column. Its sum is NaN wherever a value is (and where infinities of both signs meet).
 *
 * @param both room for what either end may select, as large as the column, or 0: ends are collected together where they
 *   are small, which looks at the column once instead of twice
 * @param tops where in the sample the top's threshold is, see `bracket`
 * @param bottoms likewise for the bottom
 */
function poolColumn(
  column: usize, both: usize, sum: f32, score: usize, selection: usize, sample: usize, size: i32, run: usize,
  table: usize, regions: i32, rowBytes: usize, topCount: i32, bottomCount: i32, tops: i64, bottoms: i64,
  topWeight: f64, bottomWeight: f64,
): void {
  if (sum !== sum && storeNaN(column, regions, 4, score, selection, rowBytes)) {
    return;
  }
  let few = column, members = regions;
  if (ASC_FEATURE_SIMD) {
    const lastTop = <i32>(tops >> 32), lastBottom = <i32>(bottoms >> 32);
    if (both !== 0 && topCount > 0 && bottomCount > 0 && lastTop + lastBottom < size >> 1) {
      few = both;
      members = collectEnds(
        column, regions, both, sampled(sample, size, lastTop, 0), load<f32>(sample + (<usize>lastBottom << 4)), table);
    }
  }
  const top = selectEnd(
    column, regions, few, members, topCount, tops, 0, sample, size, run, table, selection, rowBytes);
  const bottom = selectEnd(
    column, regions, few, members, bottomCount, bottoms, i32.MIN_VALUE, sample, size, run, table,
    selection + (rowBytes << 1), rowBytes);
  store<f32>(score, <f32>(topWeight * top + bottomWeight * bottom));
}
