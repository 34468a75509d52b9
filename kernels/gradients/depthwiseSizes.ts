import * as tf from '@tensorflow/tfjs-core';
import type { DepthwiseConv2dNativeBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { requireShape, tensor4d } from './checks.js';

/** Sizes in the order in which both functions of assembly/depthwise.ts take them. */
export type DepthwiseSizes = [
  batch: number,
  inHeight: number,
  inWidth: number,
  inChannels: number,
  outHeight: number,
  outWidth: number,
  multiplier: number,
  filterHeight: number,
  filterWidth: number,
  strideHeight: number,
  strideWidth: number,
  dilationHeight: number,
  dilationWidth: number,
  padTop: number,
  padLeft: number,
];

/** Functions of assembly/depthwise.ts. */
export interface DepthwiseExports {
  depthwiseBackpropFilterScratch(inWidth: number, inChannels: number, multiplier: number): number;
  depthwiseBackpropFilter(x: number, dy: number, dw: number, scratch: number, ...sizes: DepthwiseSizes): void;
  depthwiseBackpropInputScratch(taps: number, inChannels: number, multiplier: number): number;
  depthwiseBackpropInput(dy: number, w: number, dx: number, scratch: number, ...sizes: DepthwiseSizes): void;
}

export type Shape4D = [number, number, number, number];

/**
 * The sizes of a depthwise convolution, once dy fits the input and the filter. Output rows and columns are
 * those of dy.
 */
export function depthwiseSizes(
  kernel: string,
  inputShape: Shape4D,
  dy: TensorInfo,
  filterShape: Shape4D,
  { strides, dilations, pad, dimRoundingMode }: Omit<DepthwiseConv2dNativeBackpropFilterAttrs, 'filterShape'>,
): DepthwiseSizes {
  const [filterHeight, filterWidth, , multiplier] = filterShape;
  const [batch, inHeight, inWidth, inChannels] = inputShape;
  const [, outHeight, outWidth] = tensor4d(kernel, 'dy', dy);
  requireShape(kernel, 'dy', dy, [batch, null, null, inChannels * multiplier]);
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
  return [
    batch,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    multiplier,
    filterHeight,
    filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  ];
}
