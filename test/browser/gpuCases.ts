/** Cases for what only GPU backends have: readbacks, textures of several kinds, a device that can be lost. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { kernelNames } from '../../kernels/contract.js';
import { registerWeldonKernels } from '../../kernels/registerWeldonKernels.js';
import { weldonPool } from '../../src/pooling/weldonPool.js';
import { weldonRegions } from '../../src/pooling/weldonRegions.js';
import type { ConformanceCase } from '../kernels/conformance.js';
import { withoutKernelLeakCheck } from '../kernels/poolingCases.js';

export type GpuKind = 'webgl' | 'webgl with half floats' | 'webgpu';

export interface GpuCase extends ConformanceCase {
  gpus: readonly GpuKind[];
}

const webgl = ['webgl', 'webgl with half floats'] as const;

/** Multiples of 1/512 in −2 … 2, which half floats tell apart; many are equal. */
function coarse(size: number): Float32Array {
  let state = 7;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % 2048) / 512 - 2;
  });
}

/** Region indices of one map in the order of a stable sort. */
function ranking(values: Float32Array, sign: 1 | -1): number[] {
  return Array.from(values.keys()).sort((a, b) => sign * (values[b] - values[a]) || a - b);
}

/** Counts what leaves the GPU while `run` works. */
async function readbacksDuring(run: () => Promise<void>): Promise<number> {
  const backend = tf.backend() as MathBackendWebGL;
  const { gl } = backend.gpgpu;
  const stock = { readSync: backend.readSync, read: backend.read, readPixels: gl.readPixels };
  let readbacks = 0;
  backend.readSync = (id) => {
    readbacks++;
    return stock.readSync.call(backend, id);
  };
  backend.read = (id) => {
    readbacks++;
    return stock.read.call(backend, id);
  };
  gl.readPixels = (...args: unknown[]) => {
    readbacks++;
    (stock.readPixels as (...all: unknown[]) => void).apply(gl, args);
  };
  try {
    await run();
  } finally {
    Object.assign(backend, { readSync: stock.readSync, read: stock.read });
    gl.readPixels = stock.readPixels;
  }
  return readbacks;
}

const readback: GpuCase[] = [
  {
    group: 'readback',
    title: 'nothing leaves the GPU: forward, backward and regions, few and many, plain and masked',
    gpus: webgl,
    async run() {
      const x = tf.tidy(() => tf.add(tf.tensor3d(coarse(2 * 600 * 3), [2, 600, 3]), 0.5));
      // A mask that lives on the GPU: the result of an operation on a tensor too large to stay on the host.
      const mask = tf.tidy(() => tf.greater(tf.reshape(tf.slice(x, [0, 0, 0], [2, 600, 1]), [2, 600]), 0));
      await x.data();
      expect(
        await readbacksDuring(() =>
          withoutKernelLeakCheck(true, async () => {
            for (const options of [{ kMax: 5 }, { kMax: 100 }, { kMax: 5, mask }, { kMax: 0.4, mask }]) {
              tf.dispose([
                weldonPool(x, options),
                tf.grad((maps: tf.Tensor) => weldonPool(maps, options))(x),
                weldonRegions(x, options),
              ]);
            }
          }),
        ),
      ).to.equal(0);
      tf.dispose([x, mask]);
    },
  },
  {
    group: 'readback',
    title: 'the count above counts: stock topk does read back',
    gpus: webgl,
    async run() {
      const x = tf.tidy(() => tf.add(tf.tensor3d(coarse(2 * 600 * 3), [2, 600, 3]), 0.5));
      expect(
        await readbacksDuring(async () => {
          tf.dispose(tf.topk(x, 2));
        }),
      ).to.be.greaterThan(0);
      x.dispose();
    },
  },
];

const textures: GpuCase[] = [
  ...(['fresh', 'packed', 'unpacked', 'sliced'] as const).map((kind): GpuCase => ({
    group: 'textures',
    title: `${kind} maps`,
    gpus: [...webgl, 'webgpu'],
    async run({ tolerance, gradientTolerance }) {
      const shape: [number, number, number] = [3, 37, 5];
      const values = coarse(3 * 37 * 5);
      const x = tf.tidy((): tf.Tensor => {
        const fresh = tf.tensor3d(values, shape);
        switch (kind) {
          case 'fresh':
            return fresh;
          // Element-wise operations give packed textures, transposes of rank 3 and casts do not.
          case 'packed':
            return tf.relu(tf.relu(tf.add(fresh, 2)));
          case 'unpacked':
            return tf.cumsum(fresh, 1);
          case 'sliced':
            return tf.slice(tf.cumsum(tf.concat([fresh, fresh]), 1), [2, 0, 0], shape);
        }
      });
      const host = await tf.clone(x).data();
      const scores = await tf.tidy(() => weldonPool(x, { kMax: 4, kMin: 40 })).data();
      const dx = tf.tidy(() => tf.grad((maps: tf.Tensor) => weldonPool(maps, { kMax: 4, kMin: 0 }))(x));
      const gradient = await dx.data();
      for (let map = 0; map < 15; map++) {
        const own = Float32Array.from({ length: 37 }, (_, r) => host[(Math.floor(map / 5) * 37 + r) * 5 + (map % 5)]);
        const top = ranking(own, 1).slice(0, 4);
        const wanted = top.reduce((sum, r) => sum + own[r] / 4, 0) + own.reduce((sum, value) => sum + value / 37, 0);
        expect(scores[map]).to.be.closeTo(wanted, 10 * tolerance * Math.max(1, Math.abs(wanted)));
        own.forEach((_, r) =>
          expect(gradient[(Math.floor(map / 5) * 37 + r) * 5 + (map % 5)], `map ${map}, region ${r}`).to.be.closeTo(
            top.includes(r) ? 0.25 : 0,
            gradientTolerance,
          ),
        );
      }
      tf.dispose([x, dx]);
    },
  })),
  {
    group: 'textures',
    title: 'maps of four elements, which tfjs passes as uniforms',
    gpus: [...webgl, 'webgpu'],
    async run({ tolerance }) {
      const x = tf.tensor3d([1, 4, 3, 2], [1, 4, 1]);
      const y = weldonPool(x, { kMax: 1, kMin: 1 });
      expect((await y.data())[0]).to.be.closeTo(5, 10 * tolerance);
      tf.dispose([x, y]);
    },
  },
];

const large: GpuCase[] = [
  ...([9, 5000] as const).map((k): GpuCase => ({
    group: 'large',
    title: `65 536 regions with ties, k = ${k}: gradient and indices`,
    gpus: [...webgl, 'webgpu'],
    async run({ tolerance, gradientTolerance }) {
      const values = coarse(65536);
      const x = tf.tensor3d(values, [1, 65536, 1]);
      const top = ranking(values, 1).slice(0, k);
      const y = weldonPool(x, { kMax: k, kMin: 0 });
      expect((await y.data())[0]).to.be.closeTo(
        top.reduce((sum, r) => sum + values[r] / k, 0),
        2 * tolerance,
      );
      const dx = tf.tidy(() =>
        tf.grad((maps: tf.Tensor) => weldonPool(maps, { kMax: k, kMin: 0, reduction: 'sum' }))(x),
      );
      const wanted = new Float32Array(65536);
      top.forEach((r) => {
        wanted[r] = 1;
      });
      expect(maxDifference(await dx.data(), wanted)).to.be.at.most(gradientTolerance);
      if (k < 100) {
        const read = weldonRegions(x, { kMax: k, kMin: 0 });
        expect(Array.from(await read.topIndices.data())).to.deep.equal(top);
        tf.dispose(read);
      }
      tf.dispose([x, y, dx]);
    },
  })),
  ...[false, true].map((masked): GpuCase => ({
    group: 'large',
    title: `maps unlike their samples, ${masked ? 'with' : 'without'} a mask: what is selected`,
    gpus: ['webgl', 'webgpu'],
    async run({ tolerance }) {
      const regions = 6001;
      const noise = coarse(regions);
      const kinds: ((i: number) => number)[] = [
        (i) => Math.max(noise[i], 0),
        (i) => (i % 37 === 5 ? 3e38 : noise[i]),
        (i) => (i < 900 ? 10 + i / 64 : i / 1024),
        (i) => (i % 30 === 0 ? 2 ** (20 - i / 150) : -(2 ** (i / 150 - 20))),
        (i) => (noise[i] < 0 ? -1 : 1),
        (i) => (i === 4001 ? -Infinity : i / 2 - 1000),
      ];
      const valid = Float32Array.from({ length: regions }, (_, i) => (masked && i % 3 === 1 ? 0 : 1));
      const x = tf.tensor3d(
        Float32Array.from({ length: regions * kinds.length }, (_, at) =>
          kinds[at % kinds.length](Math.floor(at / kinds.length)),
        ),
        [1, regions, kinds.length],
      );
      const host = await x.data();
      const mask = masked ? tf.tidy(() => tf.cast(tf.tensor2d(valid, [1, regions]), 'bool')) : undefined;
      for (const k of [17, 300, 2000, 3990]) {
        const dx = tf.tidy(() =>
          tf.grad((maps: tf.Tensor) => weldonPool(maps, { kMax: k, kMin: 0, reduction: 'sum', mask }))(x),
        );
        const bottom = tf.tidy(() =>
          tf.grad((maps: tf.Tensor) => weldonPool(maps, { kMax: 0, kMin: k, reduction: 'sum', mask }))(x),
        );
        for (const [gradient, sign] of [
          [await dx.data(), 1],
          [await bottom.data(), -1],
        ] as const) {
          kinds.forEach((_, channel) => {
            const values = Float32Array.from({ length: regions }, (_value, i) => host[i * kinds.length + channel]);
            const chosen = ranking(values, sign)
              .filter((i) => valid[i] === 1)
              .slice(0, k);
            const wanted = new Float32Array(regions);
            chosen.forEach((i) => {
              wanted[i] = 1;
            });
            const actual = wanted.map((_value, i) => gradient[i * kinds.length + channel]);
            expect(maxDifference(actual, wanted), `k = ${k}, sign ${sign}, map ${channel}`).to.be.at.most(tolerance);
          });
        }
        tf.dispose([dx, bottom]);
      }
      tf.dispose([x, mask ?? []]);
    },
  })),
  {
    group: 'large',
    title: 'more maps than one dispatch has workgroups',
    gpus: ['webgpu'],
    async run() {
      const x = tf.tidy(() => tf.add(tf.zeros([1, 2, 4300000]), tf.tensor3d([1, 2], [1, 2, 1])));
      const dx = tf.tidy(() => tf.grad((maps: tf.Tensor) => weldonPool(maps, { kMax: 1, kMin: 0 }))(x));
      const y = weldonPool(x, { kMax: 1, kMin: 1 });
      const [slopes, scores] = await Promise.all([dx.data(), y.data()]);
      expect([scores[0], scores[4299999], slopes[0], slopes[4299999], slopes[4300000], slopes[8599999]]).to.deep.equal([
        3, 3, 0, 0, 1, 1,
      ]);
      tf.dispose([x, dx, y]);
    },
  },
];

function maxDifference(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(actual.length).to.equal(wanted.length);
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(actual[i] - wanted[i]));
  }
  return largest;
}

const borrowed: GpuCase[] = [
  {
    group: 'borrowed kernels',
    title: 'a second WebGL backend under another name runs the kernels',
    gpus: ['webgl'],
    async run({ tolerance }) {
      const { MathBackendWebGL: Backend } = await import('@tensorflow/tfjs-backend-webgl');
      tf.registerBackend('humangl', () => new Backend());
      tf.copyRegisteredKernels('webgl', 'humangl');
      // As for a backend that copied the kernels before this package was loaded.
      kernelNames.forEach((name) => tf.unregisterKernel(name, 'humangl'));
      registerWeldonKernels({ backend: 'humangl', from: 'webgl' });
      try {
        await tf.setBackend('humangl');
        const x = tf.tensor3d([5, 1, 4, 2], [1, 4, 1]);
        const profile = await tf.profile(() => weldonPool(x, { kMax: 2, kMin: 1 }));
        expect(profile.kernelNames).to.include('WeldonPool');
        expect((await (profile.result as tf.Tensor).data())[0]).to.be.closeTo(5.5, 10 * tolerance);
        tf.dispose([x, profile.result as tf.Tensor]);
      } finally {
        await tf.setBackend('webgl');
        tf.removeBackend('humangl');
      }
    },
  },
];

// The last case of a run: nothing works on the device after it.
const loss: GpuCase[] = [
  {
    group: 'device',
    title: 'losing the device is an error, not a tensor of zeros',
    gpus: ['webgpu'],
    async run() {
      tf.env().set('IS_TEST', false);
      const x = tf.tidy(() => tf.add(tf.tensor3d(coarse(2 * 600 * 3), [2, 600, 3]), 0.5));
      await x.data();
      (tf.backend() as WebGPUBackend).device.destroy();
      let outcome: unknown = 'no error';
      try {
        outcome = await weldonPool(x, { kMax: 3 }).data();
      } catch (error) {
        outcome = error;
      }
      expect(outcome).to.be.instanceOf(Error);
    },
  },
];

export const gpuCases: readonly GpuCase[] = [...readback, ...textures, ...large, ...borrowed, ...loss];
