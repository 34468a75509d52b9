/**
 * Selection of both ends of every map of one bag, in typed arrays.
 *
 * Two algorithms, exact both, ties to the lower region index:
 * - insertion, for small counts: one pass over the rows, all channels side by side, so memory is read
 *   in order; each channel keeps its best values sorted and a value is looked at closely only when it
 *   beats the worst of them, which happens about k·ln(n/k) times;
 * - histograms, for large counts: see histogramSelection.ts.
 */
import type { Bag } from './histogramSelection.js';
import { floats, ints, selectByHistogram } from './histogramSelection.js';

/** Largest count at which insertion is the faster one: measured, it grows with the length of the maps. */
function insertionLimit(count: number): number {
  return Math.min(40, 5 + Math.floor(count / 100));
}

/** Region indices at which a bag's mask is set, in a buffer that the next call reuses. */
export function validRegions(
  mask: ArrayLike<number>,
  offset: number,
  regions: number,
): { valid: Int32Array; count: number } {
  const valid = ints('valid', regions);
  let count = 0;
  for (let region = 0; region < regions; region++) {
    if (mask[offset + region] !== 0) {
      valid[count++] = region;
    }
  }
  return { valid, count };
}

/**
 * Writes the region indices of both ends: `selection[at + channel·slots + j]`, top first (j < topCount), then bottom,
 * in no particular order within an end.
 *
 * @param slots places for each channel, at least topCount + bottomCount
 * @param sums of the values of each channel's top, then of each one's bottom
 * @param hasNaN set to 1 for channels whose map holds a NaN among the regions that count; their sums mean nothing
 */
export function selectBothEnds(
  bag: Bag,
  topCount: number,
  bottomCount: number,
  selection: Int32Array,
  at: number,
  slots: number,
  sums: Float64Array,
  hasNaN: Uint8Array,
): void {
  hasNaN.fill(0, 0, bag.channels);
  if (Math.max(topCount, bottomCount) <= insertionLimit(bag.count)) {
    selectByInsertion(bag, topCount, bottomCount, selection, at, slots, sums, hasNaN);
  } else {
    selectByHistogram(bag, topCount, bottomCount, selection, at, slots, sums, hasNaN);
  }
}

function selectByInsertion(
  bag: Bag,
  topCount: number,
  bottomCount: number,
  selection: Int32Array,
  at: number,
  slots: number,
  sums: Float64Array,
  hasNaN: Uint8Array,
): void {
  const { values, offset, channels, valid, count } = bag;
  const topValues = floats('topValues', channels * topCount);
  const topIndices = ints('topIndices', channels * topCount);
  const bottomValues = floats('bottomValues', channels * bottomCount);
  const bottomIndices = ints('bottomIndices', channels * bottomCount);
  const topWorst = floats('topWorst', channels);
  const bottomWorst = floats('bottomWorst', channels);

  const filling = Math.min(count, Math.max(topCount, bottomCount));
  let position = 0;
  for (; position < filling; position++) {
    const region = valid === null ? position : valid[position];
    const row = offset + region * channels;
    for (let channel = 0; channel < channels; channel++) {
      const value = values[row + channel];
      if (value !== value) {
        hasNaN[channel] = 1;
      }
      const top = channel * topCount;
      if (position < topCount) {
        insertTop(topValues, topIndices, top, top + position, value, region);
      } else if (topCount > 0 && value > topValues[top + topCount - 1]) {
        insertTop(topValues, topIndices, top, top + topCount - 1, value, region);
      }
      const bottom = channel * bottomCount;
      if (position < bottomCount) {
        insertBottom(bottomValues, bottomIndices, bottom, bottom + position, value, region);
      } else if (bottomCount > 0 && value < bottomValues[bottom + bottomCount - 1]) {
        insertBottom(bottomValues, bottomIndices, bottom, bottom + bottomCount - 1, value, region);
      }
    }
  }
  for (let channel = 0; channel < channels; channel++) {
    topWorst[channel] = topCount > 0 ? topValues[(channel + 1) * topCount - 1] : Infinity;
    bottomWorst[channel] = bottomCount > 0 ? bottomValues[(channel + 1) * bottomCount - 1] : -Infinity;
  }

  for (; position < count; position++) {
    const region = valid === null ? position : valid[position];
    const row = offset + region * channels;
    for (let channel = 0; channel < channels; channel++) {
      const value = values[row + channel];
      // Written so that a NaN takes this branch too: it is noticed at no cost for all other values.
      if (!(value <= topWorst[channel])) {
        if (value !== value) {
          hasNaN[channel] = 1;
        } else {
          const end = (channel + 1) * topCount - 1;
          insertTop(topValues, topIndices, channel * topCount, end, value, region);
          topWorst[channel] = topValues[end];
        }
      }
      if (value < bottomWorst[channel]) {
        const end = (channel + 1) * bottomCount - 1;
        insertBottom(bottomValues, bottomIndices, channel * bottomCount, end, value, region);
        bottomWorst[channel] = bottomValues[end];
      }
    }
  }

  for (let channel = 0; channel < channels; channel++) {
    let top = 0;
    let bottom = 0;
    for (let j = 0; j < topCount; j++) {
      selection[at + channel * slots + j] = topIndices[channel * topCount + j];
      top += topValues[channel * topCount + j];
    }
    for (let j = 0; j < bottomCount; j++) {
      selection[at + channel * slots + topCount + j] = bottomIndices[channel * bottomCount + j];
      bottom += bottomValues[channel * bottomCount + j];
    }
    sums[channel] = top;
    sums[channels + channel] = bottom;
  }
}

/** Sorts `value` into the descending run `start … end`, overwriting the entry at `end`; equal values stay in front. */
function insertTop(
  values: Float32Array,
  indices: Int32Array,
  start: number,
  end: number,
  value: number,
  region: number,
): void {
  let slot = end;
  while (slot > start && values[slot - 1] < value) {
    values[slot] = values[slot - 1];
    indices[slot] = indices[slot - 1];
    slot--;
  }
  values[slot] = value;
  indices[slot] = region;
}

/** The ascending twin of `insertTop`. */
function insertBottom(
  values: Float32Array,
  indices: Int32Array,
  start: number,
  end: number,
  value: number,
  region: number,
): void {
  let slot = end;
  while (slot > start && values[slot - 1] > value) {
    values[slot] = values[slot - 1];
    indices[slot] = indices[slot - 1];
    slot--;
  }
  values[slot] = value;
  indices[slot] = region;
}

/**
 * Sorts one end of a selection by evidence, strongest first, ties to the lower region index.
 *
 * @param sign 1 for the top (descending values), −1 for the bottom (ascending)
 */
export function orderEnd(
  bag: Bag,
  selection: Int32Array,
  at: number,
  slots: number,
  count: number,
  sign: 1 | -1,
): void {
  const { values, offset, channels } = bag;
  for (let channel = 0; channel < channels; channel++) {
    const picked = ints('candidates', count).subarray(0, count);
    for (let j = 0; j < count; j++) {
      picked[j] = selection[at + channel * slots + j];
    }
    const value = (region: number) => values[offset + region * channels + channel];
    picked.sort((a, b) => {
      const difference = sign * (value(b) - value(a));
      // Infinity − Infinity is NaN: equal, as all other ties.
      return difference > 0 ? 1 : difference < 0 ? -1 : a - b;
    });
    for (let j = 0; j < count; j++) {
      selection[at + channel * slots + j] = picked[j];
    }
  }
}
