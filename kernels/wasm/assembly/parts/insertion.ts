import { ALL, NOTHING, storeNaN } from './selection';

/** Pools one bag by insertion, channel after channel: the build for engines without SIMD. */
export function insertBag(
  x: usize, scores: usize, selection: usize, scratch: usize, regions: i32, channels: i32,
  topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const rowBytes = <usize>channels << 2;
  for (let offset: usize = 0; offset < rowBytes; offset += 4) {
    insertMap(
      x + offset, scores + offset, selection + offset, scratch, regions, rowBytes, topCount, bottomCount,
      topWeight, bottomWeight);
  }
}

/**
 * Selects both ends of one map, its regions `step` bytes apart. Each list begins with its worst value. `scratch` holds
 * both lists.
 */
function insertMap(
  x: usize, score: usize, selection: usize, scratch: usize, regions: i32, step: usize,
  topCount: i32, bottomCount: i32, topWeight: f64, bottomWeight: f64,
): void {
  const bottom = scratch + (<usize>topCount << 2);
  const end = bottom + (<usize>bottomCount << 2);
  for (let at = scratch; at < bottom; at += 4) {
    store<f32>(at, -Infinity);
  }
  for (let at = bottom; at < end; at += 4) {
    store<f32>(at, Infinity);
  }
  let topWorst: f32 = topCount > 0 ? -Infinity : Infinity;
  let bottomWorst: f32 = bottomCount > 0 ? Infinity : -Infinity;
  let sum: f32 = 0;
  let from = x;
  for (let region = 0; region < regions; region++, from += step) {
    const value = load<f32>(from);
    sum += value;
    if (value > topWorst) {
      let at = scratch;
      for (; at + 4 < bottom && load<f32>(at, 4) < value; at += 4) {
        store<f32>(at, load<f32>(at, 4));
      }
      store<f32>(at, value);
      topWorst = load<f32>(scratch);
    }
    if (value < bottomWorst) {
      let at = bottom;
      for (; at + 4 < end && load<f32>(at, 4) > value; at += 4) {
        store<f32>(at, load<f32>(at, 4));
      }
      store<f32>(at, value);
      bottomWorst = load<f32>(bottom);
    }
  }
  const total = topWeight * storeEnd(scratch, bottom, selection, step) +
    bottomWeight * storeEnd(bottom, end, selection + (step << 1), step);
  store<f32>(score, <f32>total);
  if (sum !== sum) {
    storeNaN(x, regions, step, score, selection, step);
  }
}

/** Stores one end's threshold and ties; gives its sum. */
function storeEnd(list: usize, end: usize, selection: usize, rowBytes: usize): f64 {
  const threshold = list < end ? load<f32>(list) : NOTHING;
  let ties = list < end ? 0 : ALL;
  let sum: f64 = 0;
  for (; list < end; list += 4) {
    const value = load<f32>(list);
    ties += i32(value === threshold);
    sum += <f64>value;
  }
  store<f32>(selection, threshold);
  store<i32>(selection + rowBytes, ties);
  return sum;
}
