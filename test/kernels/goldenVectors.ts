/** Reads pooling.json, whose header is the documentation of every field used here. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classWisePooling1d, classWisePooling2d, classWisePooling3d } from '../../src/layers/index.js';
import type { WeldonPoolOptions } from '../../src/pooling/weldonPool.js';
import { weldonPool } from '../../src/pooling/weldonPool.js';
import type { ConformanceCase, ConformanceContext } from './conformance.js';
import { observe } from './observation.js';
import { throughCustomGrad, withoutKernelLeakCheck } from './poolingCases.js';

export type Numbers = (number | string)[];
interface Generator {
  kind: 'uniform' | 'bell' | 'quant' | 'const';
  seed: number;
  L?: number;
  v?: number;
}
export interface GoldenMap {
  shape: number[];
  data?: Numbers;
  gen?: Generator;
  patch?: [number, number | string][];
}
export interface GoldenCase {
  map: string;
  k?: [number, number | null];
  mode: 'weldon_paper' | 'wildcat_paper' | 'lua' | 'pytorch' | 'classwise';
  alpha: number;
  maps?: number;
  g?: Numbers | Generator;
  mask?: number[];
  y?: Numbers[] | Numbers;
  y_proj?: { seed: number; dot: number; abs: number }[];
  yscale?: number;
  a?: number | number[];
  b?: number | number[];
  grad?: Numbers;
  grad_nnz?: number;
  grad_sum?: number;
  grad_first?: Numbers;
  grad_last?: Numbers;
  grad_proj?: { seed: number; dot: number; abs: number }[];
}
export interface GoldenFile {
  maps: Record<string, GoldenMap>;
  cases: GoldenCase[];
}

function mulberry32(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function generate(rule: Generator, size: number): Float64Array {
  const next = mulberry32(rule.seed);
  return Float64Array.from({ length: size }, () => {
    switch (rule.kind) {
      case 'uniform':
        return ((next() >>> 8) - 8388608) * 2 ** -22;
      case 'bell':
        return ((next() >>> 10) + (next() >>> 10) + (next() >>> 10) + (next() >>> 10) - 8388608) * 2 ** -21;
      case 'quant':
        return ((next() >>> 8) % rule.L!) - Math.floor(rule.L! / 2);
      case 'const':
        return rule.v!;
    }
  });
}

export function mapValues(map: GoldenMap): Float32Array {
  const size = map.shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from(map.data === undefined ? generate(map.gen!, size) : map.data.map(Number));
  for (const [index, value] of map.patch ?? []) {
    values[index] = Number(value);
  }
  return values;
}

function upstream(g: GoldenCase['g'], size: number): Float32Array {
  return g === undefined
    ? new Float32Array(size).fill(1)
    : Float32Array.from(Array.isArray(g) ? g.map(Number) : generate(g, size));
}

export function optionsOf(test: GoldenCase): WeldonPoolOptions {
  const [kMax, kMin] = test.k!;
  // Torch7 floors fractions and PyTorch truncates counts, which the public API does not: take their resolved counts.
  const odd = test.mode === 'lua' || [kMax, kMin].some((k) => k !== null && k > 1 && !Number.isInteger(k));
  return {
    kMax: odd ? (test.a as number) : Math.max(kMax, 0),
    kMin: odd ? (test.b as number) : kMin === null ? null : Math.max(kMin, 0),
    alpha: test.mode === 'weldon_paper' || test.mode === 'lua' ? 1 : test.alpha,
    reduction: test.mode === 'weldon_paper' ? 'sum' : test.mode === 'pytorch' ? 'halfMean' : 'mean',
  };
}

/** The whole computation of a case: class-wise mean, then the pooling. */
function forward(test: GoldenCase, shape: number[]): (x: tf.Tensor) => tf.Tensor {
  const classWise = { 3: classWisePooling1d, 4: classWisePooling2d, 5: classWisePooling3d }[shape.length]!;
  const layer = classWise({ maps: test.maps ?? 1 });
  const averaged = (x: tf.Tensor) => ((test.maps ?? 1) === 1 ? x : (layer.apply(x) as tf.Tensor));
  if (test.mode === 'classwise') {
    return averaged;
  }
  if (test.mask === undefined) {
    const options = optionsOf(test);
    return (x) => weldonPool(averaged(x), options);
  }
  const mask = test.mask;
  if (test.mode !== 'lua') {
    const options = optionsOf(test);
    return (x) => weldonPool(averaged(x), { ...options, mask: tf.tensor2d(mask, [shape[0], shape[1]], 'bool') });
  }
  // Counts differ per sample in a way the public fractions do not express: one sample at a time.
  return (x) =>
    tf.concat(
      Array.from({ length: shape[0] }, (_, n) =>
        weldonPool(tf.slice(averaged(x), [n, 0, 0], [1, -1, -1]), {
          ...optionsOf({ ...test, a: (test.a as number[])[n], b: (test.b as number[])[n] }),
          mask: tf.tensor2d(mask.slice(n * shape[1], (n + 1) * shape[1]), [1, shape[1]], 'bool'),
        }),
      ),
    );
}

function expectNumber(
  kind: 'score' | 'gradient',
  actual: number,
  wanted: number,
  tolerance: number,
  scale: number,
  what: string,
): void {
  const bound = tolerance * scale;
  const close = Number.isFinite(wanted) ? Math.abs(actual - wanted) <= bound : Object.is(actual, wanted);
  if (!close) {
    expect.fail(`${what}: expected ${actual} to be ${wanted} ± ${bound}`);
  }
  if (Number.isFinite(wanted) && scale > 0) {
    observe(kind, Math.abs(actual - wanted) / scale);
  }
}

async function runCase(test: GoldenCase, map: GoldenMap, context: ConformanceContext): Promise<void> {
  const values = mapValues(map);
  const x = tf.tensor(values, map.shape);
  const apply = forward(test, map.shape);
  const [scores, gradient] = await withoutKernelLeakCheck(throughCustomGrad(test), async () => {
    const y = tf.tidy(() => apply(x));
    const dy = tf.tensor(upstream(test.g, y.size), y.shape);
    const dx = tf.tidy(() => tf.grad(apply)(x, dy));
    const both = await Promise.all([y.data(), dx.data()]);
    tf.dispose([x, y, dy, dx]);
    return both;
  });

  if (test.y !== undefined) {
    const wanted = (test.y as Numbers[]).flat().map(Number);
    expect(scores.length).to.equal(wanted.length);
    const largest = Math.max(0, ...wanted.filter(Number.isFinite).map(Math.abs));
    const scale = Math.max(test.yscale ?? largest, 1e-6);
    wanted.forEach((value, i) => expectNumber('score', scores[i], value, context.tolerance, scale, `score ${i}`));
  }
  for (const projection of test.y_proj ?? []) {
    expectProjection(scores, projection, context.tolerance);
  }

  const expectSlope = (actual: number, wanted: number, what: string) =>
    expectNumber('gradient', actual, wanted, context.gradientTolerance, Math.abs(wanted), what);
  if (test.grad !== undefined) {
    expect(gradient.length).to.equal(test.grad.length);
    test.grad.map(Number).forEach((value, i) => expectSlope(gradient[i], value, `gradient ${i}`));
  }
  const channels = map.shape[map.shape.length - 1];
  const regions = map.shape.slice(1, -1).reduce((a, b) => a * b, 1);
  test.grad_first
    ?.map(Number)
    .forEach((value, i) => expectSlope(gradient[i * channels], value, `gradient of region ${i}, first map`));
  test.grad_last
    ?.map(Number)
    .forEach((value, i) =>
      expectSlope(
        gradient[((map.shape[0] - 1) * regions + i) * channels + channels - 1],
        value,
        `gradient of region ${i}, last map`,
      ),
    );
  if (test.grad_nnz !== undefined) {
    expect(Array.from(gradient).filter((value) => value !== 0).length, 'non-zero gradients').to.equal(test.grad_nnz);
  }
  for (const projection of test.grad_proj ?? []) {
    expectProjection(gradient, projection, context.tolerance);
  }
}

export function expectProjection(
  values: ArrayLike<number>,
  { seed, dot, abs }: { seed: number; dot: number; abs: number },
  tolerance: number,
): void {
  const directions = generate({ kind: 'uniform', seed }, values.length);
  let actual = 0;
  for (let i = 0; i < values.length; i++) {
    actual += values[i] * directions[i];
  }
  expect(actual, `projection ${seed}`).to.be.closeTo(dot, tolerance * abs);
}

export function goldenCases(file: GoldenFile): ConformanceCase[] {
  return file.cases.map((test, i) => ({
    group: 'golden vectors',
    title: `${i}: ${test.map} [${file.maps[test.map].shape.join(', ')}] ${test.mode} k = ${JSON.stringify(test.k)} alpha = ${test.alpha}`,
    run: (context) => runCase(test, file.maps[test.map], context),
  }));
}
