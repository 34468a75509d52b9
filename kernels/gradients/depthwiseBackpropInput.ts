/** `DepthwiseConv2dNativeBackpropInput` for the wasm backend. */
import * as tf from '@tensorflow/tfjs-core';
import type {
  DepthwiseConv2dNativeBackpropInputAttrs,
  KernelConfig,
  KernelFunc,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import type { WasmHost } from '../wasm/module/wasmHost.js';
import { runInHeap } from '../wasm/module/runInHeap.js';
import { requireFloat32, requireShape, tensor4d } from './checks.js';
import { depthwiseBinary } from './generated/depthwiseBinary.js';
import type { DepthwiseExports } from './depthwiseSizes.js';
import { depthwiseSizes } from './depthwiseSizes.js';

/**
 * dy float32 `[batch, outHeight, outWidth, inChannels·multiplier]`, filter float32
 * `[filterHeight, filterWidth, inChannels, multiplier]` → float32 of `inputShape`,
 * `[batch, inHeight, inWidth, inChannels]`. Strides and dilations may both be above 1.
 *
 * @throws WeldonError for another data type and for shapes that do not belong together
 */
function depthwiseBackpropInput(args: {
  inputs: Record<'dy' | 'filter', TensorInfo>;
  attrs: DepthwiseConv2dNativeBackpropInputAttrs;
  backend: WasmHost;
}): TensorInfo {
  const {
    inputs: { dy, filter },
    attrs,
    backend,
  } = args;
  const { inputShape } = attrs;
  const kernel = tf.DepthwiseConv2dNativeBackpropInput;
  requireFloat32(kernel, { dy, filter });
  const filterShape = tensor4d(kernel, 'filter', filter);
  const [filterHeight, filterWidth, inChannels, multiplier] = filterShape;
  requireShape(kernel, 'filter', filter, [null, null, inputShape[3], null]);
  const sizes = depthwiseSizes(kernel, inputShape, dy, filterShape, attrs);
  const [dx] = runInHeap<DepthwiseExports>(backend, depthwiseBinary, ({ exports, input, output, scratch }) => {
    const bytes = exports.depthwiseBackpropInputScratch(filterHeight * filterWidth, inChannels, multiplier);
    exports.depthwiseBackpropInput(input(dy), input(filter), output(inputShape, 'float32'), scratch(bytes), ...sizes);
  });
  return dx;
}

export const depthwiseBackpropInputConfig: KernelConfig = {
  kernelName: tf.DepthwiseConv2dNativeBackpropInput,
  backendName: 'wasm',
  kernelFunc: depthwiseBackpropInput as unknown as KernelFunc,
};
