/**
 * What region pooling costs beside its alternatives, on any backend: the core of the benchmark, which runs in Node and
 * in a page alike. It imports nothing but types; the caller hands over TensorFlow.js and the pooling.
 */
import type * as tfjs from '@tensorflow/tfjs-core';

type TensorFlow = typeof tfjs;

/** A shape to time: maps `[batch, …regions, channels]`, k of the regions at either end. */
export interface PoolingShape {
  shape: number[];
  k: number;
}

export const poolingShapes: readonly PoolingShape[] = [
  { shape: [32, 14, 14, 67], k: 10 },
  { shape: [32, 7, 7, 1000], k: 3 },
  { shape: [8, 56, 56, 67], k: 30 },
  { shape: [8, 56, 56, 67], k: 300 },
  { shape: [1, 96, 96, 5], k: 921 },
  { shape: [16, 10000, 1], k: 10 },
];

/**
 * - `ours`: `weldonPool` and its gradient;
 * - `rival`: what can be composed by hand: transpose, reshape to [batch, channels, regions], `tf.topk` of it and of its
 *   negative, mean; for the gradient one scatter of dy/k at the saved indices;
 * - `insertion`: plain JavaScript on typed arrays, an insertion into a sorted list for each map;
 * - `copy`: a copy of the input (of the gradient too), the floor.
 */
export const allContenders = ['ours', 'rival', 'insertion', 'copy'] as const;
export type Contender = (typeof allContenders)[number];
export type Pass = 'forward' | 'forward+backward';

export interface PoolingTiming {
  /** milliseconds: median, lower and upper quartile, least */
  median: number;
  quartiles: [number, number];
  least: number;
  runs: number;
  /** bytes of tensors at the worst moment of one run, beyond what was there before; scratch memory is not seen */
  peakBytes: number;
}

export interface PoolingResult extends PoolingShape {
  backend: string;
  /** how many different inputs took turns */
  inputs: number;
  timings: Record<Pass, Partial<Record<Contender, PoolingTiming>>>;
}

export interface PoolingRunOptions {
  tf: TensorFlow;
  weldonPool: (maps: tfjs.Tensor, options: { kMax: number }) => tfjs.Tensor;
  /** name of a registered backend; it is made the active one */
  backend: string;
  shapes?: readonly PoolingShape[];
  contenders?: readonly Contender[];
  /** default both; a stock scatter on webgl takes time quadratic in what it scatters */
  passes?: readonly Pass[];
  /** seconds that each contender may take for each shape and pass; 3 runs are timed whatever they take. Default 2. */
  seconds?: number;
  /** most runs that are timed. Default 200. */
  runs?: number;
  /** called as soon as a shape is done */
  onResult?: (result: PoolingResult) => void;
}

interface Maps {
  x: tfjs.Tensor;
  dy: tfjs.Tensor2D;
}

interface Plan extends PoolingShape {
  batch: number;
  regions: number;
  channels: number;
}

/** Forward: maps to scores. Backward: scores' gradient to the maps'. What a pass allocates besides, it disposes of. */
interface Runner {
  forward(maps: Maps): tfjs.Tensor | Promise<tfjs.Tensor>;
  both(maps: Maps): tfjs.Tensor | Promise<tfjs.Tensor>;
}

const fewestRuns = 3;
/** Repeating a few inputs lets branch prediction learn them by heart. */
const mostInputs = 40;
const mostInputBytes = 256 * 2 ** 20;

function planOf({ shape, k }: PoolingShape): Plan {
  const batch = shape[0];
  const channels = shape[shape.length - 1];
  return { shape, k, batch, channels, regions: shape.slice(1, -1).reduce((size, extent) => size * extent, 1) };
}

/** Values as class maps have them: normally distributed, all different in practice. */
function normalValues(size: number, seed: number): Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return Float32Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

function ours({ tf, weldonPool }: PoolingRunOptions, { k }: Plan): Runner {
  const pool = (x: tfjs.Tensor) => weldonPool(x, { kMax: k });
  return { forward: ({ x }) => pool(x), both: ({ x, dy }) => tf.grad(pool)(x, dy) };
}

function rival({ tf }: PoolingRunOptions, { shape, k, batch, regions, channels }: Plan): Runner {
  const score = (x: tfjs.Tensor) => {
    const columns = tf.transpose(tf.reshape(x, [batch, regions, channels]), [0, 2, 1]);
    const top = tf.topk(columns, k);
    const bottom = tf.topk(tf.neg(columns), k);
    return { top, bottom, scores: tf.sub(tf.mean(top.values, 2), tf.mean(bottom.values, 2)) };
  };
  const scatter = (dy: tfjs.Tensor, indices: tfjs.Tensor) => {
    const firsts = tf.add(
      tf.reshape(tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(regions * channels, 'int32')), [batch, 1, 1]),
      tf.reshape(tf.range(0, channels, 1, 'int32'), [1, channels, 1]),
    );
    const places = tf.add(tf.mul(indices, tf.scalar(channels, 'int32')), firsts);
    const updates = tf.tile(tf.reshape(tf.div(dy, k), [batch, channels, 1]), [1, 1, 2 * k]);
    return tf.reshape(
      tf.scatterND(tf.reshape(places, [-1, 1]), tf.reshape(updates, [-1]), [batch * regions * channels]),
      shape,
    );
  };
  const pool = tf.customGrad(((x: tfjs.Tensor, save: tfjs.GradSaveFunc) => {
    const { top, bottom, scores } = score(x);
    save([tf.concat([top.indices, bottom.indices], 2)]);
    return { value: scores, gradFunc: (dy: tfjs.Tensor, [indices]: tfjs.Tensor[]) => scatter(dy, indices) };
  }) as Parameters<typeof tf.customGrad>[0]);
  return { forward: ({ x }) => score(x).scores, both: ({ x, dy }) => tf.grad((maps) => pool(maps))(x, dy) };
}

/** The `k` strongest of one map, of `sign` 1 or −1, by insertion; regions go to `indices`, the sum is the result. */
function insert(
  values: Float32Array,
  first: number,
  step: number,
  regions: number,
  k: number,
  sign: number,
  best: Float32Array,
  indices: Int32Array,
): number {
  let held = 0;
  for (let region = 0, at = first; region < regions; region++, at += step) {
    const value = sign * values[at];
    if (held === k && !(value > best[k - 1])) {
      continue;
    }
    let slot = held < k ? held++ : k - 1;
    for (; slot > 0 && best[slot - 1] < value; slot--) {
      best[slot] = best[slot - 1];
      indices[slot] = indices[slot - 1];
    }
    best[slot] = value;
    indices[slot] = region;
  }
  let sum = 0;
  for (let j = 0; j < k; j++) {
    sum += best[j];
  }
  return sign * sum;
}

function insertion({ tf }: PoolingRunOptions, { shape, k, batch, regions, channels }: Plan): Runner {
  const best = new Float32Array(k);
  const indices = new Int32Array(k);
  const run = async ({ x, dy }: Maps, backward: boolean) => {
    const values = (await x.data()) as Float32Array;
    const slopes = backward ? await dy.data() : null;
    const scores = new Float32Array(batch * channels);
    const gradient = new Float32Array(backward ? values.length : 0);
    for (let b = 0; b < batch; b++) {
      for (let channel = 0; channel < channels; channel++) {
        const first = b * regions * channels + channel;
        for (const sign of [1, -1]) {
          scores[b * channels + channel] += insert(values, first, channels, regions, k, sign, best, indices) / k;
          if (slopes !== null) {
            for (let j = 0; j < k; j++) {
              gradient[first + indices[j] * channels] += slopes[b * channels + channel] / k;
            }
          }
        }
      }
    }
    return backward ? tf.tensor(gradient, shape) : tf.tensor(scores, [batch, channels]);
  };
  return { forward: (maps) => run(maps, false), both: (maps) => run(maps, true) };
}

/** A clone shares its data on every backend but wasm, where it is a copy. */
function copy({ tf, backend }: PoolingRunOptions): Runner {
  const once = (x: tfjs.Tensor): tfjs.Tensor => {
    switch (backend) {
      case 'wasm':
        return tf.clone(x);
      case 'cpu':
        return tf.tensor((x.dataSync() as Float32Array).slice(), x.shape);
      default:
        return tf.add(x, 0);
    }
  };
  return { forward: ({ x }) => once(x), both: ({ x }) => tf.tidy(() => once(once(x))) };
}

const runners: Record<Contender, (options: PoolingRunOptions, plan: Plan) => Runner> = { ours, rival, insertion, copy };

/** Maps come out of a network, so on a GPU they are there already: no contender is to pay for their upload. */
function onDevice({ tf, backend }: PoolingRunOptions, x: tfjs.Tensor): tfjs.Tensor {
  if (!backend.startsWith('webg')) {
    return x;
  }
  const resident = tf.add(x, 0);
  x.dispose();
  return resident;
}

/** Waits until a tensor is computed: on a GPU by reading one element back, elsewhere it is. */
function settler({ tf, backend }: PoolingRunOptions): (tensor: tfjs.Tensor) => Promise<void> {
  if (!backend.startsWith('webg')) {
    return async () => undefined;
  }
  return async (tensor) => {
    const one = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), [0], [1]));
    await one.data();
    one.dispose();
  };
}

function quantile(sorted: number[], at: number): number {
  const position = at * (sorted.length - 1);
  const low = Math.floor(position);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (position - low);
}

/** Bytes of tensors at the worst moment of one run, beyond what was there before. */
async function peakBytes(tf: TensorFlow, run: () => Promise<tfjs.Tensor>): Promise<number> {
  const before = tf.memory().numBytes;
  const profile = await tf.profile((async () => {
    (await run()).dispose();
  }) as unknown as () => tfjs.TensorContainer);
  return Math.max(0, profile.peakBytes - before);
}

/** Scores of all contenders must agree before it matters how fast they are. */
async function checkScores(
  candidates: ReadonlyArray<readonly [Contender, Runner]>,
  maps: Maps,
  { shape, k }: Plan,
): Promise<void> {
  let expected: ArrayLike<number> | null = null;
  for (const [name, runner] of candidates) {
    if (name === 'copy') {
      continue;
    }
    const scores = await runner.forward(maps);
    const values = await scores.data();
    scores.dispose();
    expected ??= values;
    for (let i = 0; i < values.length; i++) {
      if (!(Math.abs(values[i] - expected[i]) < 1e-3)) {
        throw new Error(
          `${name} disagrees at [${shape.join(', ')}], k = ${k}: score ${i} is ${values[i]}, ` + `not ${expected[i]}.`,
        );
      }
    }
  }
}

/**
 * Times every contender on every shape, forward and forward + backward. Within a pass the contenders take turns on
 * the same input, each round in another order and on the next input; slow ones drop out when their time is up.
 *
 * @returns one result for each shape
 * @throws if a contender's scores differ from the others'
 */
export async function runPooling(options: PoolingRunOptions): Promise<PoolingResult[]> {
  const {
    tf,
    backend,
    shapes = poolingShapes,
    contenders = allContenders,
    passes = ['forward', 'forward+backward'],
    seconds = 2,
    runs = 200,
  } = options;
  await tf.setBackend(backend);
  await tf.ready();
  const settle = settler(options);
  const results: PoolingResult[] = [];
  for (const each of shapes) {
    const plan = planOf(each);
    const size = plan.shape.reduce((product, extent) => product * extent, 1);
    const inputs = Math.max(4, Math.min(mostInputs, Math.floor(mostInputBytes / (4 * size))));
    const maps: Maps[] = Array.from({ length: inputs }, (_, i) => ({
      x: onDevice(options, tf.tensor(normalValues(size, 97 * i + 1), plan.shape)),
      dy: tf.tensor2d(normalValues(plan.batch * plan.channels, i + 7), [plan.batch, plan.channels]),
    }));
    const candidates = contenders.map((name) => [name, runners[name](options, plan)] as const);
    await checkScores(candidates, maps[0], plan);

    const timings: PoolingResult['timings'] = { forward: {}, 'forward+backward': {} };
    for (const pass of passes) {
      // Not within a tidy scope, which may not wait: results are disposed of by hand, intermediates by our own tidy.
      const once = async (runner: Runner, input: Maps): Promise<tfjs.Tensor> => {
        const run = pass === 'forward' ? runner.forward : runner.both;
        const scope = tf.engine();
        scope.startScope();
        let result: tfjs.Tensor | Promise<tfjs.Tensor>;
        try {
          result = run(input);
          if (result instanceof tf.Tensor) {
            tf.keep(result);
          }
        } finally {
          scope.endScope();
        }
        const tensor = await result;
        await settle(tensor);
        return tensor;
      };
      const taken = candidates.map(() => [] as number[]);
      const spent = candidates.map(() => 0);
      const running = (i: number) =>
        taken[i].length < fewestRuns || (spent[i] < 1000 * seconds && taken[i].length < runs);
      for (let round = -2; candidates.some((_, i) => running(i)); round++) {
        for (let turn = 0; turn < candidates.length; turn++) {
          const i = (turn + Math.max(0, round)) % candidates.length;
          if (!running(i)) {
            continue;
          }
          const start = performance.now();
          const tensor = await once(candidates[i][1], maps[(round + 2) % inputs]);
          const elapsed = performance.now() - start;
          tensor.dispose();
          if (round >= 0) {
            taken[i].push(elapsed);
            spent[i] += elapsed;
          }
        }
      }
      for (const [i, [name, runner]] of candidates.entries()) {
        const sorted = taken[i].sort((a, b) => a - b);
        timings[pass][name] = {
          median: quantile(sorted, 0.5),
          quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
          least: sorted[0],
          runs: sorted.length,
          peakBytes: await peakBytes(tf, () => once(runner, maps[0])),
        };
      }
    }
    tf.dispose(maps.flatMap(({ x, dy }) => [x, dy]));
    const result = { ...each, backend, inputs, timings };
    results.push(result);
    options.onResult?.(result);
  }
  return results;
}
