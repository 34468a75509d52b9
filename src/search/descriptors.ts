/** How the features of an image, or of a part of it, become one vector. */
import * as tf from '@tensorflow/tfjs-core';
import { expected, expectedInWords } from '../errors.js';
import type { FrozenOutput } from '../models/frozenPass.js';
import { isGap } from '../pooling/presets.js';
import type { PoolingChoice } from '../pooling/presets.js';
import { poolingText } from '../pooling/poolingText.js';
import { poolMaps, resolveChoice } from '../pooling/registry.js';

/** Features of one image, `[rows, columns, depth]`. */
export interface FeatureMap {
  data: Float32Array;
  rows: number;
  columns: number;
  depth: number;
  /** `[rows, columns]`: the class map of the image's best class, of a pass that gives maps, too; see `bestEvidence` */
  evidence?: Float32Array;
}

/** Cells of a map: those with `left` <= column < `left + width`, likewise downwards. */
export interface CellWindow {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * How features become one vector: any pooling of this package (`'gap'`, the default; `{ kind: 'gem', power: 3 }`; `'max'`
 * …), number by number; `'rmac'`: regional maxima of three scales, each of unit length, added (Tolias, Sicre and Jégou,
 * ICLR 2016); or `'weldon'`: a mean weighted by WELDON's evidence, for a network with class maps `M_c`,
 *
 *     f = Σ_i w_i f_i,   w_i = 1/k for the k cells with most evidence in M_c*, 0 for the others,
 *     c* = argmax_c (mean of the k highest + mean of the k lowest cells of M_c),   k = 20 % of the cells
 *
 * (scores as in Durand et al., CVPR 2016, eq. 1–3 with means): the features of where the image shows its best class most.
 */
export type DescriptorChoice = 'rmac' | PoolingChoice;

/** A checked choice: its name, which a catalogue records, and the vector that it makes of a map. */
export interface Descriptor {
  name: string;
  /** Whether it is the mean of cells, so that sums of parts are enough. */
  isMean: boolean;
  /** what a pass must give for it */
  outputs: readonly FrozenOutput[];
  /** of all cells; of any length, and not all zeros unless the features are */
  pool(map: FeatureMap): Float64Array;
}

/** The mean of all cells. */
function meanOfCells({ data, rows, columns, depth }: FeatureMap): Float64Array {
  const sums = new Float64Array(depth);
  for (let at = 0; at < rows * columns * depth; at += depth) {
    for (let i = 0; i < depth; i++) {
      sums[i] += data[at + i];
    }
  }
  return sums.map((sum) => sum / (rows * columns));
}

/** The part of a map within a window. */
export function cutMap(map: FeatureMap, { left, top, width, height }: CellWindow): FeatureMap {
  const { columns, depth, evidence } = map;
  const cut = (values: Float32Array, each: number) => {
    const part = new Float32Array(width * height * each);
    for (let row = 0; row < height; row++) {
      const from = ((top + row) * columns + left) * each;
      part.set(values.subarray(from, from + width * each), row * width * each);
    }
    return part;
  };
  return {
    data: cut(map.data, depth),
    rows: height,
    columns: width,
    depth,
    ...(evidence !== undefined && { evidence: cut(evidence, 1) }),
  };
}

/** Cells that count, of all. */
const countedShare = 0.2;
const countOf = (cells: number) => Math.max(1, Math.round(countedShare * cells));

/**
 * The class map of an image's best class: the one with the highest WELDON score, the mean of the best 20 % of its cells and
 * of the worst; of equal ones the first.
 *
 * @param maps `[cells, classes]`
 */
export function bestEvidence(maps: Float32Array, classes: number): Float32Array {
  const cells = maps.length / classes;
  const count = countOf(cells);
  let best = new Float32Array(cells);
  let most = -Infinity;
  for (let c = 0; c < classes; c++) {
    const own = Float32Array.from({ length: cells }, (_, cell) => maps[cell * classes + c]);
    const sorted = own.slice().sort();
    let score = 0;
    for (let i = 0; i < count; i++) {
      score += sorted[i] + sorted[cells - 1 - i];
    }
    if (score > most) {
      [best, most] = [own, score];
    }
  }
  return best;
}

/** The mean of the cells with most evidence. */
function weightedMean({ data, rows, columns, depth, evidence }: FeatureMap): Float64Array {
  if (evidence === undefined) {
    throw expectedInWords("the pass for pooling 'weldon'", 'one that gives features and maps', 'one without maps');
  }
  const count = countOf(rows * columns);
  const counted = Array.from(evidence, (_, cell) => cell)
    .sort((a, b) => evidence[b] - evidence[a] || a - b)
    .slice(0, count);
  const mean = new Float64Array(depth);
  for (const cell of counted) {
    for (let i = 0; i < depth; i++) {
      mean[i] += data[cell * depth + i] / count;
    }
  }
  return mean;
}

/** Where regions of one side begin along an axis, evenly, overlapping by about 40 %. */
function starts(length: number, side: number): number[] {
  const count = length <= side ? 1 : Math.ceil((length - side) / (0.6 * side)) + 1;
  const places = Array.from({ length: count }, (_, i) =>
    i === 0 ? 0 : Math.round((i * (length - side)) / (count - 1)),
  );
  return [...new Set(places)];
}

/** The regions of R-MAC: squares of side 2·min/(scale + 1) for the scales 1, 2, 3. */
export function rmacRegions(rows: number, columns: number): CellWindow[] {
  return [1, 2, 3].flatMap((scale) => {
    const side = Math.max(1, Math.floor((2 * Math.min(rows, columns)) / (scale + 1)));
    return starts(rows, side).flatMap((top) =>
      starts(columns, side).map((left) => ({ left, top, width: side, height: side })),
    );
  });
}

function regionalMaxima(map: FeatureMap): Float64Array {
  const { data, columns, depth } = map;
  const sum = new Float64Array(depth);
  for (const { left, top, width, height } of rmacRegions(map.rows, columns)) {
    const most = new Float64Array(depth).fill(-Infinity);
    for (let row = top; row < top + height; row++) {
      for (let column = left; column < left + width; column++) {
        const at = (row * columns + column) * depth;
        for (let i = 0; i < depth; i++) {
          most[i] = Math.max(most[i], data[at + i]);
        }
      }
    }
    const length = Math.sqrt(most.reduce((squares, value) => squares + value * value, 0)) || 1;
    for (let i = 0; i < depth; i++) {
      sum[i] += most[i] / length;
    }
  }
  return sum;
}

/**
 * Checks how features shall become a vector.
 *
 * @throws WeldonError for a name that nothing has, and options out of their range
 */
export function descriptorOf(choice: DescriptorChoice, owner: string): Descriptor {
  const outputs = ['features'] as const;
  if (choice === 'rmac') {
    return { name: 'rmac', isMean: false, outputs, pool: regionalMaxima };
  }
  if (choice === 'weldon') {
    return { name: 'weldon, weighted', isMean: false, outputs: ['features', 'maps'], pool: weightedMean };
  }
  if (choice === undefined || choice === null) {
    throw expected(`pooling for ${owner}`, "'rmac', the name of a pooling, or its options", choice);
  }
  const pooling = resolveChoice(choice, owner);
  if (isGap(pooling)) {
    return { name: 'gap', isMean: true, outputs, pool: meanOfCells };
  }
  return {
    name: [pooling.kind ?? 'weldon', ...poolingText(pooling)].join(' '),
    isMean: false,
    outputs,
    pool: ({ data, rows, columns, depth }) =>
      Float64Array.from(tf.tidy(() => poolMaps(tf.tensor4d(data, [1, rows, columns, depth]), pooling)).dataSync()),
  };
}

/** @throws WeldonError for features that no vector comes of */
export function checkFeatureMap({ data, rows, columns, depth }: FeatureMap, what: string): void {
  if (data.length !== rows * columns * depth || data.length === 0) {
    throw expectedInWords(`features of ${what}`, `${rows} × ${columns} × ${depth} numbers`, `${data.length}`);
  }
  // The difference of a number to itself is 0, of NaN and the infinities NaN: a tenth of the time of a call each.
  let odd = 0;
  for (let i = 0; i < data.length; i++) {
    odd += data[i] - data[i];
  }
  if (odd !== 0) {
    throw expectedInWords(`features of ${what}`, 'finite numbers', 'one that is not');
  }
}
