/**
 * `Conv2DBackpropInput` for the wasm backend: the gradient of a 2-D convolution with respect to its input, and what
 * `tf.conv2dTranspose` is made of. The backend has one, about a twelfth as fast as its forward kernel; this one
 * takes its place only when asked.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Conv2DBackpropInputAttrs, KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmHost } from '../wasm/module/wasmHost.js';
import { runInHeap } from '../wasm/module/runInHeap.js';
import { requireFloat32, requireShape, tensor4d } from './checks.js';
import { convInputBinary } from './generated/convInputBinary.js';

/** Functions of assembly/convInput.ts. */
interface ConvInputExports {
  conv2dBackpropInputScratch(columns: number, outChannels: number): number;
  conv2dBackpropInput(
    dy: number,
    filter: number,
    dx: number,
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

interface KernelArguments {
  inputs: Record<'dy' | 'filter', TensorInfo>;
  attrs: Conv2DBackpropInputAttrs;
  backend: WasmHost;
}

/**
 * dy float32 `[batch, outHeight, outWidth, outChannels]`, filter float32
 * `[filterHeight, filterWidth, inChannels, outChannels]` → float32 of `inputShape`,
 * `[batch, inHeight, inWidth, inChannels]`.
 *
 * @throws WeldonError for another data type and for shapes that do not belong together
 */
function conv2dBackpropInput({ inputs: { dy, filter }, attrs, backend }: KernelArguments): TensorInfo {
  const { strides, pad, dimRoundingMode, inputShape } = attrs;
  const kernel = tf.Conv2DBackpropInput;
  requireFloat32(kernel, { dy, filter });
  const filterShape = tensor4d(kernel, 'filter', filter);
  const [filterHeight, filterWidth, inChannels, outChannels] = filterShape;
  const [batch, inHeight, inWidth] = inputShape;
  const [, outHeight, outWidth] = tensor4d(kernel, 'dy', dy);
  requireShape(kernel, 'filter', filter, [null, null, inputShape[3], null]);
  requireShape(kernel, 'dy', dy, [batch, null, null, outChannels]);
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const [dx] = runInHeap<ConvInputExports>(backend, convInputBinary, ({ exports, input, output, scratch }) => {
    const bytes = exports.conv2dBackpropInputScratch(filterHeight * filterWidth * inChannels, outChannels);
    exports.conv2dBackpropInput(
      input(dy),
      input(filter),
      output(inputShape, 'float32'),
      scratch(bytes),
      batch,
      inHeight,
      inWidth,
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
  return dx;
}

/** Our kernel in place of `stock`, which keeps the calls that ours does not take: channels first. */
export function conv2dBackpropInputConfig(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: ((args: KernelArguments & Parameters<KernelFunc>[0]) =>
      args.attrs.dataFormat === 'NHWC' ? conv2dBackpropInput(args) : stock.kernelFunc(args)) as unknown as KernelFunc,
  };
}
