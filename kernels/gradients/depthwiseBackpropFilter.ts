/** `DepthwiseConv2dNativeBackpropFilter` for the wasm backend. */
import * as tf from '@tensorflow/tfjs-core';
import type {
  DepthwiseConv2dNativeBackpropFilterAttrs,
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
 * x float32 `[batch, inHeight, inWidth, inChannels]`, dy float32 `[batch, outHeight, outWidth, inChannels·multiplier]`
 * → float32 `[filterHeight, filterWidth, inChannels, multiplier]`. Strides and dilations may both be above 1.
 *
 * @throws WeldonError for another data type and for shapes that do not belong together
 */
function depthwiseBackpropFilter(args: {
  inputs: Record<'x' | 'dy', TensorInfo>;
  attrs: DepthwiseConv2dNativeBackpropFilterAttrs;
  backend: WasmHost;
}): TensorInfo {
  const {
    inputs: { x, dy },
    attrs,
    backend,
  } = args;
  const { filterShape } = attrs;
  const kernel = tf.DepthwiseConv2dNativeBackpropFilter;
  requireFloat32(kernel, { x, dy });
  const xShape = tensor4d(kernel, 'x', x);
  const [, , inChannels, multiplier] = filterShape;
  requireShape(kernel, 'x', x, [null, null, null, inChannels]);
  const sizes = depthwiseSizes(kernel, xShape, dy, filterShape, attrs);
  const [dw] = runInHeap<DepthwiseExports>(backend, depthwiseBinary, ({ exports, input, output, scratch }) => {
    const bytes = exports.depthwiseBackpropFilterScratch(xShape[2], inChannels, multiplier);
    exports.depthwiseBackpropFilter(input(x), input(dy), output(filterShape, 'float32'), scratch(bytes), ...sizes);
  });
  return dw;
}

export const depthwiseBackpropFilterConfig: KernelConfig = {
  kernelName: tf.DepthwiseConv2dNativeBackpropFilter,
  backendName: 'wasm',
  kernelFunc: depthwiseBackpropFilter as unknown as KernelFunc,
};
