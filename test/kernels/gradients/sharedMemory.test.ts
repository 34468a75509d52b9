/** The modules in a shared memory, as in the threaded builds of TensorFlow.js, which Node does not start. */
import { expect } from 'chai';
import { convFilterBinary } from '../../../kernels/gradients/generated/convFilterBinary.js';
import { convInputBinary } from '../../../kernels/gradients/generated/convInputBinary.js';
import { depthwiseBinary } from '../../../kernels/gradients/generated/depthwiseBinary.js';
import { segmentSumBinary } from '../../../kernels/gradients/generated/segmentSumBinary.js';
import { instantiate } from '../../../kernels/wasm/module/loadModule.js';

type Exports = Record<string, (...numbers: number[]) => number>;

const page = 65536;
const result = 2 * page;

/** Batch 2 of 5×5 pixels, 3×3 filter, strides 1, padding 1; 7 channels on both sides. */
const convolution = [2, 5, 5, 7, 5, 5, 7, 3, 3, 1, 1, 1, 1];
const depthwise = [2, 5, 5, 7, 5, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1];

const calls = {
  conv2dBackpropFilter: { binary: convFilterBinary, numbers: [0, page, result, 3 * page, ...convolution] },
  conv2dBackpropInput: { binary: convInputBinary, numbers: [0, page, result, 3 * page, ...convolution] },
  depthwiseBackpropFilter: { binary: depthwiseBinary, numbers: [0, page, result, 3 * page, ...depthwise] },
  depthwiseBackpropInput: { binary: depthwiseBinary, numbers: [0, page, result, 3 * page, ...depthwise] },
  unsortedSegmentSum: { binary: segmentSumBinary, numbers: [0, page, result, 4, 7, 2, 0] },
};

describe('gradient modules in shared memory', () => {
  for (const [name, { binary, numbers }] of Object.entries(calls)) {
    for (const variant of ['simd', 'scalar'] as const) {
      it(`${name}, ${variant}: bit for bit as in plain memory`, () => {
        const [plain, shared] = [false, true].map((isShared) => {
          const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: isShared });
          new Float32Array(memory.buffer, 0, page / 4).forEach((_, i, all) => {
            all[i] = Math.sin(i);
          });
          const second = new Float32Array(memory.buffer, page, page / 4);
          if (name !== 'unsortedSegmentSum') {
            second.forEach((_, i, all) => {
              all[i] = Math.cos(i);
            });
          }
          instantiate<Exports>(binary, variant, memory)[name](...numbers);
          return [...new Float32Array(memory.buffer, result, 14)];
        });
        expect(plain.some((value) => value !== 0)).to.equal(true);
        expect(shared).to.deep.equal(plain);
      });
    }
  }
});
