/**
 * Weights, inputs and comparisons of `golden/backbones`: every tensor is filled by a formula seeded with its own name,
 * so that a port is checked whole without any weights. The rule stands in each golden file.
 */
import { expect } from 'chai';
import type { WeightSource } from '../../../src/formats/weightSource.js';

interface GoldenStage {
  name: string;
  shape: number[];
  mean: number;
  mean_sq: number;
  proj: number;
  samples: [number[], number][];
}

export interface GoldenRun {
  input: { shape: [number, number, number, number]; first: number; sum: number };
  stages: GoldenStage[];
  logits_rms: number;
  logits: number[][];
}

export interface BackboneGolden {
  model: string;
  conv_gain: number;
  num_parameters: number;
  tolerance: { fp32: number };
  state_dict: [name: string, shape: number[], kind: string, first?: number, sum?: number][];
  runs: GoldenRun[];
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** Uniform draws in [0, 1). */
export function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * `count` draws of `mulberry32(seed)` from the `start`-th on, each `base + slope · u`: the generator counts, so any
 * part can be made alone, and no closure is called for each of a hundred million values.
 */
function drawValues(seed: number, start: number, count: number, base: number, slope: number): Float32Array {
  const values = new Float32Array(count);
  let a = (seed + Math.imul(start, 0x6d2b79f5)) | 0;
  for (let i = 0; i < count; i++) {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    values[i] = base + slope * (((t ^ (t >>> 14)) >>> 0) / 4294967296);
  }
  return values;
}

/** What `u` in [0, 1) becomes for each kind of tensor: base + slope · u. */
function rangeOf(golden: Pick<BackboneGolden, 'conv_gain'>, kind: string, shape: readonly number[]): [number, number] {
  const fanIn = shape.slice(1).reduce((product, side) => product * side, 1);
  const around = (middle: number, reach: number): [number, number] => [middle - reach, 2 * reach];
  switch (kind) {
    case 'conv':
      return around(0, golden.conv_gain * Math.sqrt(3 / fanIn));
    case 'linear':
      return around(0, Math.sqrt(3 / fanIn));
    case 'bn_weight':
      return around(1, 0.2);
    case 'bias':
    case 'running_mean':
      return around(0, 0.1);
    case 'running_var':
      return [1, 0.5];
    default:
      return [0, 0];
  }
}

/** The golden file's state_dict as a weight source; each tensor, or part of one, is made when it is read. */
export function formulaWeights(golden: BackboneGolden): WeightSource {
  const tensors = new Map(golden.state_dict.map(([name, shape, kind]) => [name, { shape, kind }]));
  const draw = (name: string, start: number, count: number): Float32Array => {
    const { shape, kind } = tensors.get(name)!;
    return drawValues(fnv1a(name), start, count, ...rangeOf(golden, kind, shape));
  };
  return {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read: (name) =>
      draw(
        name,
        0,
        tensors.get(name)!.shape.reduce((product, side) => product * side, 1),
      ),
    readPart: draw,
  };
}

/** The golden input of that shape, NHWC. */
export function formulaInput(shape: readonly number[]): Float32Array {
  const next = mulberry32(7);
  return Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, () => 2 * next() - 1);
}

/** Holds one stage's output against its statistics, its order-sensitive projection and its samples. */
export function expectStage(
  values: Float32Array,
  shape: readonly number[],
  golden: GoldenStage,
  tolerance: number,
): void {
  expect(shape, `${golden.name}: shape`).to.deep.equal(golden.shape);
  const next = mulberry32(11);
  let sum = 0;
  let squares = 0;
  let projection = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
    projection += value * (2 * next() - 1);
  }
  const rms = Math.sqrt(golden.mean_sq);
  expect(sum / values.length, `${golden.name}: mean`).to.be.closeTo(golden.mean, tolerance * rms);
  expect(squares / values.length, `${golden.name}: mean square`).to.be.closeTo(
    golden.mean_sq,
    2 * tolerance * golden.mean_sq,
  );
  expect(projection / Math.sqrt(values.length), `${golden.name}: projection`).to.be.closeTo(
    golden.proj,
    tolerance * rms,
  );
  for (const [place, value] of golden.samples) {
    const index = place.reduce((flat, at, axis) => flat * shape[axis] + at, 0);
    expect(values[index], `${golden.name} at [${place.join()}]`).to.be.closeTo(value, tolerance * rms);
  }
}
