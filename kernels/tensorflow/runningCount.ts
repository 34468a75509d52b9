import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorflowOps } from './tensorflowOps.js';

/** Blocks that are worth a matrix product, and small enough for it. */
const smallestBlock = 8;
const largestBlock = 128;

/** A matrix product with fewer columns takes longer than `Cumsum`. */
const fewestChannels = 16;

/**
 * How many flags are true up to and including each place along axis 1; float32 `[batch, regions, channels]`.
 *
 * TensorFlow's CPU kernel of `Cumsum` takes several times as long as a product with a triangular matrix, which runs
 * on vector instructions: within blocks of regions, whose totals are then summed up by `Cumsum`.
 *
 * @param flags bool `[batch, regions, channels]`
 */
export function runningCount(ops: TensorflowOps, flags: TensorInfo): Tensor {
  const [batch, regions, channels] = flags.shape;
  const ones = ops.cast(flags, 'float32');
  const block = blockLength(regions);
  if (ops.onGpu || block === 1 || channels < fewestChannels) {
    return ops.cumsum(ones, 1);
  }
  const blocks = regions / block;
  const within = ops.batchMatMul(lowerTriangle(ops, block), ops.reshape(ones, [batch * blocks, block, channels]));
  if (blocks === 1) {
    return within;
  }
  const totals = ops.split(within, [block - 1, 1], 1)[1];
  const before = ops.cumsum(ops.reshape(totals, [batch, blocks, channels]), 1, true);
  const total = ops.binary('AddV2', within, ops.reshape(before, [batch * blocks, 1, channels]));
  return ops.reshape(total, [batch, regions, channels]);
}

function blockLength(regions: number): number {
  for (let length = Math.min(regions, largestBlock); length >= smallestBlock; length--) {
    if (regions % length === 0 && (length === regions || length * length <= 2 * regions)) {
      return length;
    }
  }
  return 1;
}

/** `[1, size, size]`, 1 on and below the diagonal. */
function lowerTriangle(ops: TensorflowOps, size: number): Tensor {
  const places = ops.range(size);
  const triangle = ops.binary('GreaterEqual', ops.reshape(places, [size, 1]), places);
  return ops.reshape(ops.cast(triangle, 'float32'), [1, size, size]);
}
