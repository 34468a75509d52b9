/** Which regions a selection holds, strongest first: thresholds back to indices, for reading out where evidence lies. */

/** Bytes of scratch that `readOut` needs. */
export function readOutScratch(channels: i32, count: i32): i32 {
  return (channels << 3) + (count << 3) + 8;
}

/**
 * Regions and values of one end of every map, each `[batch, count, channels]`, padded with index −1 and value 0. Of
 * equal values the lower index comes first.
 *
 * @param thresholds the end's two rows of the first bag's selection, see parts/selection.ts
 * @param mask one byte for each region, or 0
 * @param plan the end's count in the first bag's plan, or 0
 * @param direction 1 for the top, −1 for the bottom
 */
export function readOut(
  x: usize, thresholds: usize, mask: usize, plan: usize, indices: usize, values: usize, scratch: usize, batch: i32,
  regions: i32, channels: i32, count: i32, direction: i32,
): void {
  const rowBytes = <usize>channels << 2;
  const keys = scratch;
  const found = scratch + (<usize>count << 3);
  const ties = found + rowBytes;
  for (let bag = 0; bag < batch; bag++, thresholds += rowBytes << 2) {
    const wanted = plan ? <i32>load<f32>(plan) : count;
    for (let offset: usize = 0; offset < rowBytes; offset += 4) {
      store<i32>(found + offset, 0);
      store<i32>(ties + offset, load<i32>(thresholds + rowBytes + offset));
      for (let at = offset; at < <usize>count * rowBytes; at += rowBytes) {
        store<i32>(indices + at, -1);
        store<f32>(values + at, 0);
      }
    }
    for (let region = 0, row = x; region < regions; region++, row += rowBytes) {
      if (mask && !load<u8>(mask + region)) {
        continue;
      }
      for (let offset: usize = 0; offset < rowBytes; offset += 4) {
        const value = load<f32>(row + offset), threshold = load<f32>(thresholds + offset);
        let taken = direction > 0 ? value > threshold : value < threshold;
        if (value === threshold) {
          const left = load<i32>(ties + offset);
          taken = left > 0;
          store<i32>(ties + offset, left - 1);
        }
        const place = load<i32>(found + offset);
        // A map with NaN may offer more than was asked for.
        if (taken && place < wanted) {
          store<i32>(indices + <usize>place * rowBytes + offset, region);
          store<i32>(found + offset, place + 1);
        }
      }
    }
    for (let offset: usize = 0; offset < rowBytes; offset += 4) {
      const members = load<i32>(found + offset);
      for (let i = 0, at = indices + offset; i < members; i++, at += rowBytes) {
        const region = load<i32>(at);
        // −0 and +0 are equal: adding 0 makes them one.
        const bits = reinterpret<i32>(load<f32>(x + <usize>region * rowBytes + offset) + 0);
        const key = bits ^ bits >> 31 & 0x7fffffff;
        store<i64>(keys + (<usize>i << 3), <i64>(direction > 0 ? ~key : key) << 32 | <i64>region);
      }
      sort(keys, members);
      for (let i = 0, at = offset; i < members; i++, at += rowBytes) {
        const region = load<i32>(keys + (<usize>i << 3));
        store<i32>(indices + at, region);
        store<f32>(values + at, load<f32>(x + <usize>region * rowBytes + offset));
      }
    }
    x += <usize>regions * rowBytes;
    indices += <usize>count * rowBytes;
    values += <usize>count * rowBytes;
    mask += mask ? regions : 0;
    plan += plan ? 16 : 0;
  }
}

/** Shell sort, gaps 1, 4, 13, 40 … (D. E. Knuth, The Art of Computer Programming 3, 5.2.1). */
function sort(keys: usize, count: i32): void {
  let gap = 1;
  while (gap < count) {
    gap = gap * 3 + 1;
  }
  for (; gap > 0; gap /= 3) {
    const step = <usize>gap << 3;
    for (let at = keys + step, end = keys + (<usize>count << 3); at < end; at += 8) {
      const key = load<i64>(at);
      let to = at;
      for (; to >= keys + step && load<i64>(to - step) > key; to -= step) {
        store<i64>(to, load<i64>(to - step));
      }
      store<i64>(to, key);
    }
  }
}
