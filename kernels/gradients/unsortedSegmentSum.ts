/** `UnsortedSegmentSum` for the wasm backend: what `tf.gather` and embeddings go back through. */
import * as tf from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig, KernelFunc, TensorInfo, UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core';
import { expected, expectedInWords } from '../../src/errors.js';
import type { WasmHost } from '../wasm/module/wasmHost.js';
import { runInHeap } from '../wasm/module/runInHeap.js';
import { segmentSumBinary } from './generated/segmentSumBinary.js';

/** Functions of assembly/segmentSum.ts. */
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

/**
 * out[s, …] = Σ of x[i, …] over the i with segmentIds[i] = s. The shape of segmentIds (int32) is the beginning of
 * the shape of x (float32 or int32); what is left of it follows numSegments in the result, which has the data type
 * of x. Ids below 0 or from numSegments on belong nowhere and are dropped, as on the other backends.
 *
 * @throws WeldonError for other data types and for shapes that do not belong together
 */
function unsortedSegmentSum(args: {
  inputs: Record<'x' | 'segmentIds', TensorInfo>;
  attrs: UnsortedSegmentSumAttrs;
  backend: WasmHost;
}): TensorInfo {
  const {
    inputs: { x, segmentIds },
    attrs: { numSegments },
    backend,
  } = args;
  const kernel = tf.UnsortedSegmentSum;
  if (x.dtype !== 'float32' && x.dtype !== 'int32') {
    throw expected(`the data type of x for ${kernel}`, '"float32" or "int32"', x.dtype);
  }
  if (segmentIds.dtype !== 'int32') {
    throw expected(`the data type of segmentIds for ${kernel}`, '"int32"', segmentIds.dtype);
  }
  if (!Number.isInteger(numSegments) || numSegments < 0) {
    throw expected(`numSegments for ${kernel}`, 'an integer >= 0', numSegments);
  }
  const rank = segmentIds.shape.length;
  if (segmentIds.shape.some((size, axis) => size !== x.shape[axis])) {
    throw expectedInWords(
      `the shape of segmentIds for ${kernel}`,
      `the beginning of x's shape [${x.shape.join(', ')}]`,
      `[${segmentIds.shape.join(', ')}]`,
    );
  }
  const rest = x.shape.slice(rank);
  const shape = [numSegments, ...rest];
  const dtype: DataType = x.dtype;
  const [out] = runInHeap<SegmentSumExports>(backend, segmentSumBinary, ({ exports, input, output }) => {
    exports.unsortedSegmentSum(
      input(x),
      input(segmentIds),
      output(shape, dtype),
      tf.util.sizeFromShape(segmentIds.shape),
      tf.util.sizeFromShape(rest),
      numSegments,
      dtype === 'int32',
    );
  });
  return out;
}

export const unsortedSegmentSumConfig: KernelConfig = {
  kernelName: tf.UnsortedSegmentSum,
  backendName: 'wasm',
  kernelFunc: unsortedSegmentSum as unknown as KernelFunc,
};
