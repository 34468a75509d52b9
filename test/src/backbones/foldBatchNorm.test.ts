import { expect } from 'chai';
import { foldBatchNorm } from '../../../src/backbones/weights/layerValues.js';

/** Two output channels, numbers chosen so that √(variance + ε) is 3 and 4. */
const norm = {
  gamma: Float32Array.of(3, 2),
  beta: Float32Array.of(0.5, -1),
  mean: Float32Array.of(4, 1),
  variance: Float32Array.of(8, 15),
  epsilon: 1,
};

describe('foldBatchNorm', () => {
  it('scales kernels by gamma / √(variance + ε) and moves the mean into the bias', () => {
    // s = [3/3, 2/4] = [1, 0.5]; bias = beta − mean · s = [0.5 − 4, −1 − 0.5]
    const { kernel, bias } = foldBatchNorm(Float32Array.of(1, 2, 3, 4), null, norm);
    expect([...kernel]).to.deep.equal([1, 1, 3, 2]);
    expect([...bias]).to.deep.equal([-3.5, -1.5]);
  });

  it("keeps the convolution's own bias, scaled", () => {
    const { bias } = foldBatchNorm(Float32Array.of(0, 0), Float32Array.of(10, 20), norm);
    expect([...bias]).to.deep.equal([6.5, 8.5]);
  });
});
