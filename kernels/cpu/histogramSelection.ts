/**
 * Selection of both ends of every map of one bag by histograms: each map is copied into a column and its range cut
 * into equal bins; counting finds the bin that holds the k-th value, and only that bin is looked into again, by
 * insertion where it holds a few values (the rule), else by the digits of their bits (11, 11 and 10). Exact, ties to
 * the lower region index; whatever the values, the cost is nearly flat in k.
 */

/** Where a bag's values lie, and which of them count. */
export interface Bag {
  /** all maps of the batch, `[batch, regions, channels]` */
  values: Float32Array;
  /** first element of this bag */
  offset: number;
  channels: number;
  /** region indices that count, ascending; null: all of them, 0 … regions − 1 */
  valid: Int32Array | null;
  /** how many regions count */
  count: number;
}

/** Digits of a key, the leading one first. */
const digits = [
  { shift: 21, mask: 2047 },
  { shift: 10, mask: 2047 },
  { shift: 0, mask: 1023 },
];
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
  column: new Float32Array(0),
  binOf: new Uint16Array(0),
  histogram: new Int32Array(2048),
  candidates: new Int32Array(0),
  bottomCandidates: new Int32Array(0),
  valid: new Int32Array(0),
};

type FloatScratch = 'topValues' | 'bottomValues' | 'topWorst' | 'bottomWorst' | 'column';
type IntScratch = 'topIndices' | 'bottomIndices' | 'candidates' | 'bottomCandidates' | 'valid';

export function floats(name: FloatScratch, size: number): Float32Array {
  if (scratch[name].length < size) {
    scratch[name] = new Float32Array(size);
  }
  return scratch[name];
}

export function ints(name: IntScratch, size: number): Int32Array {
  if (scratch[name].length < size) {
    scratch[name] = new Int32Array(size);
  }
  return scratch[name];
}

function shorts(size: number): Uint16Array {
  if (scratch.binOf.length < size) {
    scratch.binOf = new Uint16Array(size);
  }
  return scratch.binOf;
}

export function selectByHistogram(
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
  const column = floats('column', count);
  const bits = new Int32Array(column.buffer);
  const bins = count < 512 ? 128 : 1024;
  shorts(count);
  ints('candidates', count);
  ints('bottomCandidates', count);
  for (let channel = 0; channel < channels; channel++) {
    let lowest = Infinity;
    let highest = -Infinity;
    for (let position = 0, place = offset + channel; position < count; position++, place += channels) {
      const value = values[valid === null ? place : offset + valid[position] * channels + channel];
      column[position] = value;
      if (value < lowest) {
        lowest = value;
      }
      // Written so that a NaN takes this branch too: it is noticed at no cost for all other values.
      if (!(value <= highest)) {
        if (value !== value) {
          hasNaN[channel] = 1;
        } else {
          highest = value;
        }
      }
    }
    selectColumn(
      column,
      bits,
      count,
      lowest,
      highest,
      bins,
      valid,
      topCount,
      bottomCount,
      selection,
      at + channel * slots,
      sums,
      channel,
    );
  }
}

/** An integer that orders as the float with this bit pattern does; −0 and +0 give the same one. */
function orderedKey(pattern: number): number {
  return pattern === -0x80000000 ? 0 : pattern ^ ((pattern >> 31) & 0x7fffffff);
}

function selectColumn(
  column: Float32Array,
  bits: Int32Array,
  count: number,
  lowest: number,
  highest: number,
  bins: number,
  valid: Int32Array | null,
  topCount: number,
  bottomCount: number,
  selection: Int32Array,
  at: number,
  sums: Float64Array,
  channel: number,
): void {
  const { histogram, binOf, candidates: topCandidates, bottomCandidates } = scratch;
  for (let bin = 0; bin <= bins; bin++) {
    histogram[bin] = 0;
  }
  // Not a finite scale: infinities, or one value everywhere. All is in one bin then.
  const scale = bins / (highest - lowest);
  const isSpread = scale > 0 && scale < Infinity;
  if (isSpread) {
    for (let position = 0; position < count; position++) {
      binOf[position] = (column[position] - lowest) * scale;
    }
  } else {
    binOf.fill(0, 0, count);
  }
  // A loop of its own: V8 makes the two together three times as slow.
  for (let position = 0; position < count; position++) {
    histogram[binOf[position]]++;
  }

  let topBin = bins + 1;
  let above = 0;
  if (topCount > 0) {
    do {
      topBin--;
      above += histogram[topBin];
    } while (above < topCount);
    above -= histogram[topBin];
  }
  let bottomBin = -1;
  let below = 0;
  if (bottomCount > 0) {
    do {
      bottomBin++;
      below += histogram[bottomBin];
    } while (below < bottomCount);
    below -= histogram[bottomBin];
  }

  let topCandidateCount = 0;
  let bottomCandidateCount = 0;
  let top = 0;
  let bottom = 0;
  let topOut = at;
  let bottomOut = at + topCount;
  for (let position = 0; position < count; position++) {
    const bin = binOf[position];
    if (bin >= topBin) {
      if (bin > topBin) {
        selection[topOut] = valid === null ? position : valid[position];
        topOut++;
        top += column[position];
      } else {
        topCandidates[topCandidateCount++] = position;
      }
    }
    if (bin <= bottomBin) {
      if (bin < bottomBin) {
        selection[bottomOut] = valid === null ? position : valid[position];
        bottomOut++;
        bottom += column[position];
      } else {
        bottomCandidates[bottomCandidateCount++] = position;
      }
    }
  }
  if (topCount > 0) {
    top += refine(column, bits, topCandidates, topCandidateCount, topCount - above, -1, valid, selection, topOut);
  }
  if (bottomCount > 0) {
    bottom += refine(
      column,
      bits,
      bottomCandidates,
      bottomCandidateCount,
      bottomCount - below,
      0,
      valid,
      selection,
      bottomOut,
    );
  }
  sums[channel] = top;
  sums[sums.length / 2 + channel] = bottom;
}

/**
 * Picks `wanted` of the candidates, which stand in ascending order of position, by the digits of their keys. `flip` is
 * −1 for the largest and 0 for the smallest: the keys are inverted instead of the code. Gives the sum of their values.
 */
function refine(
  column: Float32Array,
  bits: Int32Array,
  candidates: Int32Array,
  candidateCount: number,
  wanted: number,
  flip: number,
  valid: Int32Array | null,
  selection: Int32Array,
  at: number,
): number {
  let sum = 0;
  let out = at;
  let remaining = wanted;
  let members = candidateCount;
  for (let level = 0; level < digits.length && remaining < members && members > smallBin; level++) {
    const { shift, mask } = digits[level];
    // The sign is the leading bit, which counts the other way round.
    const inverted = flip ^ -0x80000000;
    const histogram = scratch.histogram.fill(0, 0, mask + 1);
    for (let j = 0; j < members; j++) {
      histogram[((orderedKey(bits[candidates[j]]) ^ inverted) >>> shift) & mask]++;
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
      const digit = ((orderedKey(bits[position]) ^ inverted) >>> shift) & mask;
      if (digit < bin) {
        selection[out] = valid === null ? position : valid[position];
        out++;
        remaining--;
        sum += column[position];
      } else if (digit === bin) {
        candidates[kept++] = position;
      }
    }
    members = kept;
  }
  if (remaining < members && members <= smallBin) {
    sortCandidates(bits, candidates, members, flip);
  }
  for (let j = 0; j < remaining; j++) {
    const position = candidates[j];
    selection[out] = valid === null ? position : valid[position];
    out++;
    sum += column[position];
  }
  return sum;
}

/** A stable insertion sort by key, so that of equal keys the lower position stays first. */
function sortCandidates(bits: Int32Array, candidates: Int32Array, count: number, flip: number): void {
  for (let j = 1; j < count; j++) {
    const position = candidates[j];
    const key = orderedKey(bits[position]) ^ flip;
    let slot = j;
    while (slot > 0 && (orderedKey(bits[candidates[slot - 1]]) ^ flip) > key) {
      candidates[slot] = candidates[slot - 1];
      slot--;
    }
    candidates[slot] = position;
  }
}
