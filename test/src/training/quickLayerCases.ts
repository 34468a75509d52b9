/** Layers as training runs them beside layers as tfjs runs them: values, and gradients for the input and every weight. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { runQuickLayer } from '../../../src/training/quickLayer.js';

/** A small part of an image as the network has it, with negative, small and large values. */
const inputShape: [number, number, number] = [9, 8, 6];

export const quickLayers: Record<string, () => tfl.layers.Layer> = {
  'conv 1×1, bias': () => tfl.layers.conv2d({ filters: 5, kernelSize: 1, biasInitializer: 'randomNormal' }),
  'conv 1×1, ReLU built in, no bias': () =>
    tfl.layers.conv2d({ filters: 5, kernelSize: 1, useBias: false, activation: 'relu' }),
  'conv 1×1, stride 2': () => tfl.layers.conv2d({ filters: 5, kernelSize: 1, strides: 2 }),
  'conv 3×3, stride 2, same': () => tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  'conv 3×2, valid, ReLU built in': () =>
    tfl.layers.conv2d({ filters: 4, kernelSize: [3, 2], activation: 'relu', biasInitializer: 'randomNormal' }),
  'depthwise 5×5, same, bias': () =>
    tfl.layers.depthwiseConv2d({ kernelSize: 5, padding: 'same', biasInitializer: 'randomNormal' }),
  'depthwise 5×5, stride 2, same, two filters per channel': () =>
    tfl.layers.depthwiseConv2d({ kernelSize: 5, strides: 2, padding: 'same', depthMultiplier: 2 }),
  'depthwise 5×4, valid, ReLU built in': () => tfl.layers.depthwiseConv2d({ kernelSize: [5, 4], activation: 'relu' }),
  'depthwise 3×3, same': () => tfl.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }),
  ReLU: () => tfl.layers.reLU(),
  ReLU6: () => tfl.layers.reLU({ maxValue: 6 }),
  'ReLU up to 2.5': () => tfl.layers.reLU({ maxValue: 2.5 }),
  'activation relu': () => tfl.layers.activation({ activation: 'relu' }),
};

export const leftToStock: Record<string, () => tfl.layers.Layer> = {
  'dilated conv': () => tfl.layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2 }),
  'conv with tanh': () => tfl.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'tanh' }),
  dense: () => tfl.layers.dense({ units: 3 }),
  'activation sigmoid': () => tfl.layers.activation({ activation: 'sigmoid' }),
};

/** One layer's two answers, each value and gradients one after the other, and the tensors that ours left behind. */
export interface QuickLayerRecord {
  stock: number[][];
  quick: number[][];
  leaked: number;
}

type Run = (x: tf.Tensor) => tf.Tensor;

/** The output, then the gradients for the input, where it is asked for, and the weights. */
function differentiate(run: Run, x: tf.Tensor, weights: tf.Variable[], forInput: boolean): number[][] {
  return tf.tidy(() => {
    const y = run(x);
    const slope = tf.tensor(
      Float32Array.from({ length: y.size }, (_, i) => Math.sin(3 * i)),
      y.shape,
    );
    const input = tf.variable(x, true);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(run(forInput ? input : x), slope)) as tf.Scalar,
      [...weights, ...(forInput ? [input] : [])],
    );
    const wanted = [...(forInput ? [input] : []), ...weights].map(({ name }) => grads[name]);
    input.dispose();
    return [y, ...wanted].map((tensor) => [...tensor.dataSync()]);
  });
}

const image = () =>
  tf.tensor(
    Float32Array.from({ length: 2 * 9 * 8 * 6 }, (_, i) => 5 * Math.sin(7 * i + (i * i) / 50) + 2),
    [2, ...inputShape],
  );

/** Whether training runs the layer in its own way. */
export function isQuick(make: () => tfl.layers.Layer): boolean {
  return tf.tidy(() => {
    const layer = make();
    layer.apply(tfl.input({ shape: inputShape }));
    return runQuickLayer(layer, image(), true) !== null;
  });
}

/** @param isFirst as for `runQuickLayer`: the gradient for the input is not asked for then */
export function compareLayer(make: () => tfl.layers.Layer, isFirst: boolean): QuickLayerRecord {
  const layer = make();
  const x = image();
  layer.apply(tfl.input({ shape: inputShape }));
  const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const forInput = !isFirst || weights.length === 0;
  const stock = differentiate((value) => layer.apply(value) as tf.Tensor, x, weights, forInput);
  const before = tf.memory().numTensors;
  const quick = differentiate((value) => runQuickLayer(layer, value, isFirst) as tf.Tensor, x, weights, forInput);
  const leaked = tf.memory().numTensors - before;
  x.dispose();
  layer.dispose();
  return { stock, quick, leaked };
}

/** All layers that training runs in its own way, by name; behind a name whether it was the first. */
export function compareAll(): Record<string, QuickLayerRecord> {
  return Object.fromEntries(
    Object.entries(quickLayers).flatMap(([name, make]) =>
      [false, true].map((isFirst) => [`${name}${isFirst ? ', first' : ''}`, compareLayer(make, isFirst)]),
    ),
  );
}
