import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { addBias, convolution, depthwise } from './native/convolution.js';
import { nativeOps } from './native/nativeOps.js';

/** `max(x, 0)`; on tensorflow its gradient is one op, where tfjs-node takes seven and fills one tensor in JavaScript. */
export function relu(x: tf.Tensor): tf.Tensor {
  const ops = nativeOps();
  if (ops === null) {
    return tf.relu(x);
  }
  return tf.customGrad((value, save) => {
    const y = tf.relu(value as tf.Tensor);
    (save as tf.GradSaveFunc)([y]);
    return { value: y, gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => ops.reluGradient(dy, saved, false) };
  })(x);
}

/**
 * `min(max(x, 0), max)`, as tfjs' ReLU layer with `maxValue` computes it, in one op; its gradient, 1 where
 * `0 < y < max`, in four cheap ones, for ReLU6 on tensorflow in one. tfjs' own takes two ops forward, and back two
 * comparisons, a conjunction and a selection, which on wasm together cost as much as the convolution before it.
 */
export function clippedRelu(x: tf.Tensor, max: number): tf.Tensor {
  const ops = nativeOps();
  const between = (y: tf.Tensor): tf.Tensor =>
    ops === null
      ? tf.step(tf.mul(y, tf.sub(max, y)))
      : tf.cast(tf.logicalAnd(tf.greater(y, 0), tf.less(y, max)), 'float32');
  const native6 = ops !== null && max === 6;
  return tf.customGrad((value, save) => {
    const y = native6 ? tf.relu6(value as tf.Tensor) : tf.clipByValue(value as tf.Tensor, 0, max);
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
        native6 ? ops.reluGradient(dy, saved, true) : tf.mul(dy, between(saved)),
    };
  })(x);
}

interface WindowConfig {
  strides: [number, number];
  padding: string;
  dataFormat?: string;
  dilationRate?: number | number[];
  useBias: boolean;
  activation: string;
}

function isPlain({ padding, dataFormat, dilationRate, activation }: WindowConfig): boolean {
  return (
    (padding === 'same' || padding === 'valid') &&
    dataFormat !== 'channelsFirst' &&
    [dilationRate ?? 1].flat().every((rate) => rate === 1) &&
    (activation === 'linear' || activation === 'relu')
  );
}

/**
 * A Conv2D or DepthwiseConv2D layer, its bias and its ReLU as ops of their own. Stock layers without activation run in
 * one op, whose gradient computes that of the layer's input too, also where nobody asks for it: in the first layer.
 */
function runWindow(layer: tfl.layers.Layer, x: tf.Tensor4D, isFirst: boolean): tf.Tensor | null {
  const config = layer.getConfig() as unknown as WindowConfig;
  const ops = nativeOps();
  if (!isPlain(config) || (ops === null && !isFirst)) {
    return null;
  }
  const { strides, useBias, activation } = config;
  const padding = config.padding as 'same' | 'valid';
  const [kernel, bias] = layer.weights.map((weight) => weight.read()) as [tf.Tensor4D, tf.Tensor | undefined];
  const isDepthwise = layer.getClassName() === 'DepthwiseConv2D';
  let y: tf.Tensor;
  if (ops === null || isFirst) {
    y = isDepthwise ? tf.depthwiseConv2d(x, kernel, strides, padding) : tf.conv2d(x, kernel, strides, padding);
  } else {
    y = isDepthwise ? depthwise(ops, x, kernel, strides, padding) : convolution(x, kernel, strides, padding);
  }
  if (useBias) {
    y = ops === null ? tf.add(y, bias as tf.Tensor) : addBias(ops, y, bias as tf.Tensor);
  }
  return activation === 'relu' ? relu(y) : y;
}

/**
 * What a layer computes, where its gradient can be had in less time than by tfjs' own layer: convolutions of images
 * with channels last, and ReLUs. `null` for every other layer.
 *
 * @param layer built
 * @param x for convolutions `[batch, rows, columns, channels]`, for ReLUs of any shape
 * @param isFirst whether the input is not the output of a trained layer, so that its gradient is not needed
 */
export function runQuickLayer(layer: tfl.layers.Layer, x: tf.Tensor, isFirst: boolean): tf.Tensor | null {
  switch (layer.getClassName()) {
    case 'Conv2D':
    case 'DepthwiseConv2D':
      return runWindow(layer, x as tf.Tensor4D, isFirst);
    case 'ReLU': {
      const { maxValue } = layer.getConfig() as { maxValue?: number | null };
      return maxValue == null ? relu(x) : maxValue > 0 ? clippedRelu(x, maxValue) : null;
    }
    case 'Activation':
      return layer.getConfig().activation === 'relu' ? relu(x) : null;
    default:
      return null;
  }
}
