import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../backends.js';
import { columnsBinary } from '../../../kernels/wasm/generated/columnsBinary.js';
import type { WasmBinary } from '../../../kernels/wasm/module/binary.js';
import type { WasmHost } from '../../../kernels/wasm/module/wasmHost.js';
import { instantiate } from '../../../kernels/wasm/module/loadModule.js';
import type { PoolExports } from '../../../kernels/wasm/weldonPool.js';
import { smallMapsBinary } from '../../../kernels/wasm/generated/smallMapsBinary.js';
import { sortedListsBinary } from '../../../kernels/wasm/generated/sortedListsBinary.js';
import { weldonPool } from '../../../src/pooling/weldonPool.js';
import { weldonRegions } from '../../../src/pooling/weldonRegions.js';
import { allCases } from '../allCases.js';
import { declareCases } from '../declareCases.js';
import { forEachPoolingVariant } from './poolingVariants.js';

forEachPoolingVariant('pooling kernels', (variant) => declareCases(`wasm in Node, ${variant}`, allCases));

/** One shape for each module of assembly/ that selects. */
const shapes = [
  { title: 'sorted lists', shape: [2, 9, 9, 13], options: { kMax: 5 } },
  { title: 'small maps', shape: [2, 9, 9, 13], options: { kMax: 30, kMin: 20 } },
  { title: 'columns', shape: [2, 15, 15, 13], options: { kMax: 0.3, kMin: 0.1 } },
] as const;

describe("pooling kernels for wasm in tfjs' memory", () => {
  let host: WasmHost;
  before(async () => {
    await tf.setBackend('wasm');
    tf.env().set('IS_TEST', true);
    host = tf.backend() as unknown as WasmHost;
  });

  const heapBytes = () => (host.wasm?.asm?.memory as WebAssembly.Memory).buffer.byteLength;

  function everything(x: tf.Tensor, options: { kMax: number }): number[][] {
    return tf.tidy(() =>
      [
        weldonPool(x, options),
        tf.grad((maps: tf.Tensor) => weldonPool(maps, options))(x),
        ...(Object.values(weldonRegions(x, options)) as tf.Tensor[]),
      ].map((tensor) => Array.from(tensor.dataSync())),
    );
  }

  for (const { title, shape, options } of shapes) {
    it(`${title}: the same results before and after the memory grew`, () => {
      const x = tf.randomNormal([...shape], 0, 1, 'float32', 7);
      const expected = everything(x, options);
      const before = heapBytes();
      const filler: tf.Tensor[] = [];
      while (heapBytes() === before) {
        filler.push(tf.zeros([2 ** 20]));
      }
      expect(everything(x, options)).to.deep.equal(expected);
      tf.dispose([x, ...filler]);
    });

    it(`${title}: 200 calls leave the memory as it was`, () => {
      const x = tf.randomNormal([...shape], 0, 1, 'float32', 8);
      everything(x, options);
      const { numTensors, numDataBuffers } = tf.memory();
      const heap = heapBytes();
      // What malloc would hand out next shows whether anything smaller than a page stayed behind.
      const next = () => {
        const pointer = host.wasm?._malloc?.(100000) ?? 0;
        host.wasm?._free?.(pointer);
        return pointer;
      };
      const free = next();
      for (let call = 0; call < 200; call++) {
        everything(x, options);
      }
      expect(tf.memory().numTensors).to.equal(numTensors);
      expect(tf.memory().numDataBuffers).to.equal(numDataBuffers);
      expect(heapBytes()).to.equal(heap);
      expect(next()).to.equal(free);
      x.dispose();
    });
  }

  it('scratch memory is no larger than the input', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const cases: Array<[WasmBinary, number[]]> = [
      [sortedListsBinary, [32, 196, 67, 10]],
      [sortedListsBinary, [32, 49, 1000, 3]],
      [sortedListsBinary, [8, 3136, 67, 10]],
      [smallMapsBinary, [8, 98, 4096, 60]],
      [smallMapsBinary, [1, 100, 8, 50]],
      [columnsBinary, [8, 3136, 67, 300]],
      [columnsBinary, [1, 576, 67, 30]],
      [columnsBinary, [1, 9216, 5, 921]],
      [columnsBinary, [16, 10000, 1, 10]],
      [columnsBinary, [1, 65536, 3, 6554]],
      [columnsBinary, [1, 1000, 11, 100]],
    ];
    for (const variant of ['simd', 'scalar'] as const) {
      for (const [binary, [batch, regions, channels, k]] of cases) {
        const { poolScratch } = instantiate<PoolExports>(binary, variant, memory);
        expect(
          poolScratch(batch, regions, channels, k, k, false),
          `${binary.name} ${[batch, regions, channels, k]}`,
        ).to.be.at.most(4 * batch * regions * channels);
      }
    }
  });

  it('a NaN in a map makes its gradient as loud as its slope', () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, NaN, 7, 8], [1, 8, 1]);
    const slopes = (slope: number) =>
      tf.tidy(() =>
        Array.from(
          tf
            .grad((maps: tf.Tensor) => weldonPool(maps, { kMax: 2 }))(x, tf.tensor2d([[slope]]))
            .dataSync(),
        ),
      );
    expect(slopes(NaN).filter((value) => Number.isNaN(value))).to.have.lengthOf.at.least(2);
    expect(slopes(0).every((value) => value === 0)).to.equal(true);
    x.dispose();
  });
});
