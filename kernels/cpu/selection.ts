/**
 * Selection of both ends of every map of one bag, in typed arrays.
 *
 * Two algorithms, exact both, ties to the lower region index:
 * - insertion, for small counts: one pass over the rows, all channels side by side, so memory is read
 *   in order; each channel keeps its best values sorted and a value is looked at closely only when it
 *   beats the worst of them, which happens about k·ln(n/k) times;
 * - radix selection, for large counts: values become integers of the same order, a histogram of their
 *   leading 11 bits finds the bin that holds the k-th value, and only that bin is looked into again
 *   (11 and 10 bits more). Three passes at most, whatever the values, nearly flat in k.
 */

/** Where a bag's values lie, and which of them count. */
export interface Bag {
  /** all maps of the batch, `[batch, regions, channels]` */
  values: Float32Array;
  /** the same memory as integers */
  bits: Int32Array;
  /** first element of this bag */
  offset: number;
  channels: number;
  /** region indices that count, ascending; null: all of them, 0 … regions − 1 */
  valid: Int32Array | null;
  /** how many regions count */
  count: number;
}

/** Largest count at which insertion is the faster one: measured, it grows with the length of the maps. */
function insertionLimit(regions: number): number {
  return Math.min(40, 12 + Math.floor(regions / 200));
}

/** Channels that radix selection turns into columns at once: one cache line of float32. */
const columnsAtOnce = 16;
const leadingBins = 2048;
const lastBins = 1024;
const keyOfInfinity = 0x7f800000;
/** A bin with no more members than this is finished by insertion. */
const smallBin = 48;

/** Buffers that grow to the largest call seen and are used again: nothing is allocated per map. */
const scratch = {
  topValues: new Float32Array(0),
  topIndices: new Int32Array(0),
  bottomValues: new Float32Array(0),
  bottomIndices: new Int32Array(0),
  topWorst: new Float32Array(0),
  bottomWorst: new Float32Array(0),
  keys: new Int32Array(0),
  histogram: new Int32Array(columnsAtOnce * leadingBins),
  refineHistogram: new Int32Array(leadingBins),
  candidates: new Int32Array(0),
  bottomCandidates: new Int32Array(0),
  valid: new Int32Array(0),
};

type FloatScratch = 'topValues' | 'bottomValues' | 'topWorst' | 'bottomWorst';
type IntScratch = 'topIndices' | 'bottomIndices' | 'keys' | 'candidates' | 'bottomCandidates' | 'valid';

function floats(name: FloatScratch, size: number): Float32Array {
  if (scratch[name].length < size) {
    scratch[name] = new Float32Array(size);
  }
  return scratch[name];
}

function ints(name: IntScratch, size: number): Int32Array {
  if (scratch[name].length < size) {
    scratch[name] = new Int32Array(size);
  }
  return scratch[name];
}

/** Region indices at which a bag's mask is set, in a buffer that the next call reuses. */
export function validRegions(mask: ArrayLike<number>, offset: number, regions: number): { valid: Int32Array; count: number } {
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
 * Writes the region indices of both ends: `selection[at + j·channels + channel]`, top first
 * (j < topCount), then bottom, in no particular order within an end.
 *
 * @param hasNaN set to 1 for channels whose map holds a NaN among the regions that count
 */
export function selectBothEnds(
  bag: Bag, topCount: number, bottomCount: number, selection: Int32Array, at: number, hasNaN: Uint8Array): void {
  hasNaN.fill(0, 0, bag.channels);
  if (Math.max(topCount, bottomCount) <= insertionLimit(bag.count)) {
    selectByInsertion(bag, topCount, bottomCount, selection, at, hasNaN);
  } else {
    selectByRadix(bag, topCount, bottomCount, selection, at, hasNaN);
  }
}

function selectByInsertion(
  bag: Bag, topCount: number, bottomCount: number, selection: Int32Array, at: number, hasNaN: Uint8Array): void {
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
    for (let j = 0; j < topCount; j++) {
      selection[at + j * channels + channel] = topIndices[channel * topCount + j];
    }
    for (let j = 0; j < bottomCount; j++) {
      selection[at + (topCount + j) * channels + channel] = bottomIndices[channel * bottomCount + j];
    }
  }
}

/** Sorts `value` into the descending run `start … end`, overwriting the entry at `end`; equal values stay in front. */
function insertTop(
  values: Float32Array, indices: Int32Array, start: number, end: number, value: number, region: number): void {
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
  values: Float32Array, indices: Int32Array, start: number, end: number, value: number, region: number): void {
  let slot = end;
  while (slot > start && values[slot - 1] > value) {
    values[slot] = values[slot - 1];
    indices[slot] = indices[slot - 1];
    slot--;
  }
  values[slot] = value;
  indices[slot] = region;
}

function selectByRadix(
  bag: Bag, topCount: number, bottomCount: number, selection: Int32Array, at: number, hasNaN: Uint8Array): void {
  const { bits, offset, channels, valid, count } = bag;
  const keys = ints('keys', columnsAtOnce * count);
  const { histogram } = scratch;
  for (let first = 0; first < channels; first += columnsAtOnce) {
    const width = Math.min(columnsAtOnce, channels - first);
    histogram.fill(0, 0, width * leadingBins);
    for (let position = 0; position < count; position++) {
      const row = offset + (valid === null ? position : valid[position]) * channels + first;
      for (let column = 0; column < width; column++) {
        const key = orderedKey(bits[row + column]);
        keys[column * count + position] = key;
        histogram[column * leadingBins + (key >> 21) + 1024]++;
      }
    }
    for (let column = 0; column < width; column++) {
      if (holdsNaN(keys, column * count, count, column * leadingBins)) {
        hasNaN[first + column] = 1;
      }
      selectColumn(keys, column * count, count, column * leadingBins, valid, topCount, bottomCount, selection,
        at + first + column, channels);
    }
  }
}

/** An integer that orders as the float with this bit pattern does; −0 and +0 give the same one. */
function orderedKey(pattern: number): number {
  return pattern === -0x80000000 ? 0 : pattern ^ ((pattern >> 31) & 0x7fffffff);
}

/** NaNs lie beyond the infinities: only a column with members in the outermost bins is looked through. */
function holdsNaN(keys: Int32Array, start: number, count: number, bins: number): boolean {
  const { histogram } = scratch;
  let outermost = 0;
  for (let bin = 0; bin < 4; bin++) {
    outermost += histogram[bins + bin] + histogram[bins + leadingBins - 1 - bin];
  }
  for (let position = 0; outermost > 0 && position < count; position++) {
    const key = keys[start + position];
    if (key > keyOfInfinity || key < ~keyOfInfinity) {
      return true;
    }
  }
  return false;
}

function selectColumn(
  keys: Int32Array, start: number, count: number, bins: number, valid: Int32Array | null,
  topCount: number, bottomCount: number, selection: Int32Array, at: number, stride: number): void {
  const { histogram } = scratch;
  let topBin = leadingBins;
  let above = 0;
  if (topCount > 0) {
    do {
      topBin--;
      above += histogram[bins + topBin];
    } while (above < topCount);
    above -= histogram[bins + topBin];
  }
  let bottomBin = -1;
  let below = 0;
  if (bottomCount > 0) {
    do {
      bottomBin++;
      below += histogram[bins + bottomBin];
    } while (below < bottomCount);
    below -= histogram[bins + bottomBin];
  }

  const topCandidates = ints('candidates', count);
  const bottomCandidates = ints('bottomCandidates', count);
  let topCandidateCount = 0;
  let bottomCandidateCount = 0;
  let topOut = at;
  let bottomOut = at + topCount * stride;
  for (let position = 0; position < count; position++) {
    const bin = (keys[start + position] >> 21) + 1024;
    if (bin >= topBin) {
      if (bin > topBin) {
        selection[topOut] = valid === null ? position : valid[position];
        topOut += stride;
      } else {
        topCandidates[topCandidateCount++] = position;
      }
    }
    if (bin <= bottomBin) {
      if (bin < bottomBin) {
        selection[bottomOut] = valid === null ? position : valid[position];
        bottomOut += stride;
      } else {
        bottomCandidates[bottomCandidateCount++] = position;
      }
    }
  }
  if (topCount > 0) {
    refine(keys, start, topCandidates, topCandidateCount, topCount - above, -1, valid, selection, topOut, stride);
  }
  if (bottomCount > 0) {
    refine(keys, start, bottomCandidates, bottomCandidateCount, bottomCount - below, 0, valid, selection, bottomOut, stride);
  }
}

/**
 * Picks `wanted` of the candidates, which share their leading 11 bits and stand in ascending order of
 * position. `flip` is −1 for the largest and 0 for the smallest: the keys are inverted instead of the code.
 */
function refine(
  keys: Int32Array, start: number, candidates: Int32Array, candidateCount: number, wanted: number, flip: number,
  valid: Int32Array | null, selection: Int32Array, at: number, stride: number): void {
  let out = at;
  let remaining = wanted;
  let members = candidateCount;
  for (let level = 0; level < 2 && remaining < members && members > smallBin; level++) {
    const shift = level === 0 ? 10 : 0;
    const bins = level === 0 ? leadingBins : lastBins;
    const histogram = scratch.refineHistogram.fill(0, 0, bins);
    for (let j = 0; j < members; j++) {
      histogram[((keys[start + candidates[j]] ^ flip) >> shift) & (bins - 1)]++;
    }
    let bin = -1;
    let before = 0;
    do {
      bin++;
      before += histogram[bin];
    } while (before < remaining);
    let kept = 0;
    for (let j = 0; j < members; j++) {
      const position = candidates[j];
      const digit = ((keys[start + position] ^ flip) >> shift) & (bins - 1);
      if (digit < bin) {
        selection[out] = valid === null ? position : valid[position];
        out += stride;
        remaining--;
      } else if (digit === bin) {
        candidates[kept++] = position;
      }
    }
    members = kept;
  }
  if (remaining < members && members <= smallBin) {
    sortCandidates(keys, start, candidates, members, flip);
  }
  for (let j = 0; j < remaining; j++) {
    const position = candidates[j];
    selection[out] = valid === null ? position : valid[position];
    out += stride;
  }
}

/** A stable insertion sort by key, so that of equal keys the lower position stays first. */
function sortCandidates(keys: Int32Array, start: number, candidates: Int32Array, count: number, flip: number): void {
  for (let j = 1; j < count; j++) {
    const position = candidates[j];
    const key = keys[start + position] ^ flip;
    let slot = j;
    while (slot > 0 && (keys[start + candidates[slot - 1]] ^ flip) > key) {
      candidates[slot] = candidates[slot - 1];
      slot--;
    }
    candidates[slot] = position;
  }
}

/**
 * Sorts one end of a selection by evidence, strongest first, ties to the lower region index.
 *
 * @param sign 1 for the top (descending values), −1 for the bottom (ascending)
 */
export function orderEnd(bag: Bag, selection: Int32Array, at: number, count: number, sign: 1 | -1): void {
  const { values, offset, channels } = bag;
  for (let channel = 0; channel < channels; channel++) {
    const picked = ints('candidates', count).subarray(0, count);
    for (let j = 0; j < count; j++) {
      picked[j] = selection[at + j * channels + channel];
    }
    const value = (region: number) => values[offset + region * channels + channel];
    picked.sort((a, b) => {
      const difference = sign * (value(b) - value(a));
      // Infinity − Infinity is NaN: equal, as all other ties.
      return difference > 0 ? 1 : difference < 0 ? -1 : a - b;
    });
    for (let j = 0; j < count; j++) {
      selection[at + j * channels + channel] = picked[j];
    }
  }
}
