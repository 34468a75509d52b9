import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../backends.js';
import { segmentSumBinary } from '../../../../kernels/gradients/generated/segmentSumBinary.js';
import type { WasmHost } from '../../../../kernels/wasm/module/wasmHost.js';
import { instantiate, wasmVariant } from '../../../../kernels/wasm/module/loadModule.js';
import { runInHeap } from '../../../../kernels/wasm/module/runInHeap.js';

interface SegmentSumExports {
  unsortedSegmentSum(
    x: number,
    segmentIds: number,
    out: number,
    rows: number,
    width: number,
    numSegments: number,
    isInt: boolean,
  ): void;
}

const page = 65536;

describe('wasm module loader', () => {
  let host: WasmHost;
  before(async () => {
    await tf.setBackend('wasm');
    host = tf.backend() as unknown as WasmHost;
  });

  function sumPairs(on: WasmHost, x: tf.Tensor, ids: tf.Tensor): number[] {
    const [out] = runInHeap<SegmentSumExports>(on, segmentSumBinary, ({ exports, input, output, scratch }) => {
      scratch(100);
      exports.unsortedSegmentSum(input(x), input(ids), output([2], 'float32'), 4, 1, 2, false);
    });
    const values = on.readSync(out.dataId) as Float32Array;
    on.disposeData(out.dataId);
    return [...values];
  }

  it('finds the memory of this release of TensorFlow.js, so that nothing is copied', () => {
    let address = -1;
    const [out] = runInHeap(host, segmentSumBinary, ({ output }) => {
      address = output([3], 'float32');
    });
    expect(host.dataIdMap?.get(out.dataId)?.memoryOffset).to.equal(address);
    host.disposeData(out.dataId);
  });

  describe('where the memory is hidden', () => {
    const without = (hidden: Partial<WasmHost>): WasmHost => ({
      write: host.write.bind(host),
      readSync: host.readSync.bind(host),
      disposeData: host.disposeData.bind(host),
      dataIdMap: host.dataIdMap,
      wasm: host.wasm,
      ...hidden,
    });
    const hosts: Array<[string, () => WasmHost]> = [
      ['no wasm', () => without({ wasm: undefined })],
      ['wasm disposed of', () => without({ wasm: null })],
      ['no memory', () => without({ wasm: { _malloc: host.wasm?._malloc, _free: host.wasm?._free } })],
      ['something else as memory', () => without({ wasm: { ...host.wasm, asm: { memory: {} } } })],
      ['no malloc', () => without({ wasm: { asm: host.wasm?.asm, _free: host.wasm?._free } })],
      ['no dataIdMap', () => without({ dataIdMap: undefined })],
    ];
    for (const [title, make] of hosts) {
      it(`${title}: copies through readSync and write, same result`, () => {
        const x = tf.tensor1d([1, 2, 3, 4]);
        const ids = tf.tensor1d([0, 1, 0, 1], 'int32');
        const reduced = make();
        expect(sumPairs(reduced, x, ids)).to.deep.equal([4, 6]);
        expect(sumPairs(reduced, x, ids)).to.deep.equal([4, 6]);
        tf.dispose([x, ids]);
      });
    }

    it('the memory of our own grows to what a call needs and is used again', () => {
      const reduced = without({ wasm: undefined });
      const x = tf.ones([3 * page]);
      const ids = tf.zeros([3 * page], 'int32');
      const sum = (): number => {
        const [out] = runInHeap<SegmentSumExports>(reduced, segmentSumBinary, ({ exports, input, output }) => {
          exports.unsortedSegmentSum(input(x), input(ids), output([1], 'float32'), 3 * page, 1, 1, false);
        });
        const [value] = host.readSync(out.dataId) as Float32Array;
        host.disposeData(out.dataId);
        return value;
      };
      expect(sum()).to.equal(3 * page);
      expect(sum()).to.equal(3 * page);
      tf.dispose([x, ids]);
    });
  });

  it('follows WASM_HAS_SIMD_SUPPORT, and asks the engine where the flag cannot be read', () => {
    try {
      tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
      expect(wasmVariant(segmentSumBinary)).to.equal('scalar');
    } finally {
      tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
    }
    expect(wasmVariant(segmentSumBinary)).to.equal('simd');
    const getBool = tf.env().getBool;
    try {
      tf.env().getBool = () => {
        throw new Error('not evaluated');
      };
      expect(wasmVariant(segmentSumBinary)).to.equal('simd');
      const broken = { ...segmentSumBinary, simd: { ...segmentSumBinary.simd, text: '' } };
      expect(wasmVariant(broken)).to.equal('scalar');
    } finally {
      tf.env().getBool = getBool;
    }
  });

  it('falls back on the scalar build where the engine refuses the SIMD one', () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    const ids = tf.tensor1d([0, 1, 0, 1], 'int32');
    const refused = { ...segmentSumBinary, name: 'refused', simd: { ...segmentSumBinary.simd, text: '' } };
    const [out] = runInHeap<SegmentSumExports>(host, refused, ({ exports, input, output }) => {
      exports.unsortedSegmentSum(input(x), input(ids), output([2], 'float32'), 4, 1, 2, false);
    });
    expect([...(host.readSync(out.dataId) as Float32Array)]).to.deep.equal([4, 6]);
    host.disposeData(out.dataId);
    tf.dispose([x, ids]);
  });

  describe('leak', () => {
    it('results lie at the same address call after call, so no scratch is left behind', () => {
      const addresses = new Set<number>();
      for (let call = 0; call < 200; call++) {
        const [out] = runInHeap(host, segmentSumBinary, ({ output, scratch }) => {
          scratch(100000);
          scratch(33);
          addresses.add(output([1000], 'float32'));
        });
        host.disposeData(out.dataId);
      }
      expect(addresses.size).to.be.at.most(2);
    });

    it('an error frees outputs and scratch and comes through as it is', () => {
      const before = tf.memory().numDataBuffers;
      const addresses = new Set<number>();
      for (let call = 0; call < 50; call++) {
        expect(() =>
          runInHeap(host, segmentSumBinary, ({ output, scratch }) => {
            output([1000], 'float32');
            addresses.add(scratch(100000));
            throw new Error('on purpose');
          }),
        ).to.throw('on purpose');
      }
      expect(addresses.size).to.be.at.most(2);
      expect(tf.memory().numDataBuffers).to.equal(before);
    });

    it('says so when memory runs out', () => {
      const full: WasmHost = {
        write: host.write.bind(host),
        readSync: host.readSync.bind(host),
        disposeData: host.disposeData.bind(host),
        dataIdMap: host.dataIdMap,
        wasm: { asm: host.wasm?.asm, _malloc: () => 0, _free: host.wasm?._free },
      };
      expect(() =>
        runInHeap(full, segmentSumBinary, ({ scratch }) => {
          scratch(5000);
        }),
      ).to.throw(
        'Expected the wasm heap for segmentSum to be able to hold 5000 more bytes but received no memory: ' +
          'use a smaller batch, or dispose of tensors that are no longer needed',
      );
    });
  });

  describe('shared memory, as in the threaded builds of TensorFlow.js', () => {
    for (const variant of ['simd', 'scalar'] as const) {
      it(`${variant}: the same sums as in plain memory`, () => {
        const results = [false, true].map((shared) => {
          const memory = new WebAssembly.Memory({ initial: 1, maximum: 100, shared });
          const { unsortedSegmentSum } = instantiate<SegmentSumExports>(segmentSumBinary, variant, memory);
          new Float32Array(memory.buffer, 1024, 14).set([1, 2, 3, 4, 5, 6, 7, 10, 20, 30, 40, 50, 60, 70]);
          new Int32Array(memory.buffer, 2048, 2).set([1, 1]);
          unsortedSegmentSum(1024, 2048, 4096, 2, 7, 2, false);
          return [...new Float32Array(memory.buffer, 4096, 14)];
        });
        expect(results[0]).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 11, 22, 33, 44, 55, 66, 77]);
        expect(results[1]).to.deep.equal(results[0]);
      });
    }

    it('runInHeap works in a shared memory', () => {
      const memory = new WebAssembly.Memory({ initial: 2, maximum: 100, shared: true });
      let top = 1024;
      const offsets = new Map<object, number>();
      const threaded: WasmHost = {
        write: () => {
          const dataId = {};
          offsets.set(dataId, top);
          top += 1024;
          return dataId;
        },
        readSync: (dataId) => new Float32Array(memory.buffer, offsets.get(dataId), 2).slice(),
        disposeData: () => true,
        dataIdMap: { get: (dataId) => ({ memoryOffset: offsets.get(dataId) ?? null }) },
        wasm: { wasmMemory: memory, _malloc: () => 60000, _free: () => undefined },
      };
      const x = { dataId: threaded.write(null, [4], 'float32'), shape: [4], dtype: 'float32' as const };
      const ids = { dataId: threaded.write(null, [4], 'int32'), shape: [4], dtype: 'int32' as const };
      new Float32Array(memory.buffer, offsets.get(x.dataId), 4).set([1, 2, 3, 4]);
      new Int32Array(memory.buffer, offsets.get(ids.dataId), 4).set([0, 1, 0, 1]);
      const [out] = runInHeap<SegmentSumExports>(threaded, segmentSumBinary, ({ exports, input, output }) => {
        exports.unsortedSegmentSum(input(x), input(ids), output([2], 'float32'), 4, 1, 2, false);
      });
      expect([...(threaded.readSync(out.dataId) as Float32Array)]).to.deep.equal([4, 6]);
    });
  });
});
