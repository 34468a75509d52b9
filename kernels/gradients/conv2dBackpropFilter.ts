/** `Conv2DBackpropFilter` for the wasm backend: the gradient of a 2-D convolution with respect to its filter. */
import * as tf from '@tensorflow/tfjs-core';
import type { Conv2DBackpropFilterAttrs, KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../../src/errors.js';
import type { WasmHost } from '../wasm/module/wasmHost.js';
import { runInHeap } from '../wasm/module/runInHeap.js';
import { requireFloat32, requireShape, tensor4d } from './checks.js';
import { convFilterBinary } from './generated/convFilterBinary.js';

/** Functions of assembly/convFilter.ts. */
interface ConvFilterExports {
  conv2dBackpropFilterScratch(outChannels: number): number;
  conv2dBackpropFilter(
    x: number,
    dy: number,
    dw: number,
    scratch: number,
    batch: number,
    inHeight: number,
    inWidth: number,
    inChannels: number,
    outHeight: number,
    outWidth: number,
    outChannels: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    padTop: number,
    padLeft: number,
  ): void;
}

/**
 * x float32 `[batch, inHeight, inWidth, inChannels]`, dy float32 `[batch, outHeight, outWidth, outChannels]`
 * → float32 `[filterHeight, filterWidth, inChannels, outChannels]`.
 *
 * Output rows and columns are those of dy, which a forward pass with `dimRoundingMode` decides and TensorFlow.js
 * does not pass on to this kernel.
 *
 * @throws WeldonError for another data type, for channels first (the forward kernel of this backend has none
 *   either), and for shapes that do not belong together
 */
function conv2dBackpropFilter(args: {
  inputs: Record<'x' | 'dy', TensorInfo>;
  attrs: Conv2DBackpropFilterAttrs;
  backend: WasmHost;
}): TensorInfo {
  const {
    inputs: { x, dy },
    attrs: { strides, pad, dataFormat, dimRoundingMode, filterShape },
    backend,
  } = args;
  const kernel = tf.Conv2DBackpropFilter;
  if (dataFormat !== 'NHWC') {
    throw expected(`dataFormat for ${kernel} on the wasm backend`, '"NHWC"', dataFormat);
  }
  requireFloat32(kernel, { x, dy });
  const [filterHeight, filterWidth, inChannels, outChannels] = filterShape;
  const xShape = tensor4d(kernel, 'x', x);
  const [batch, outHeight, outWidth] = tensor4d(kernel, 'dy', dy);
  requireShape(kernel, 'x', x, [batch, null, null, inChannels]);
  requireShape(kernel, 'dy', dy, [null, null, null, outChannels]);
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(
    xShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const [dw] = runInHeap<ConvFilterExports>(backend, convFilterBinary, ({ exports, input, output, scratch }) => {
    exports.conv2dBackpropFilter(
      input(x),
      input(dy),
      output(filterShape, 'float32'),
      scratch(exports.conv2dBackpropFilterScratch(outChannels)),
      batch,
      xShape[1],
      xShape[2],
      inChannels,
      outHeight,
      outWidth,
      outChannels,
      filterHeight,
      filterWidth,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
    );
  });
  return dw;
}

export const conv2dBackpropFilterConfig: KernelConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: conv2dBackpropFilter as unknown as KernelFunc,
};
