/** One training step of ResNet-18 as one would write it with TensorFlow.js alone: variables, core ops, tf.train. */
import * as tf from '@tensorflow/tfjs-core';

interface Unit {
  kernel: tf.Variable;
  bias: tf.Variable;
}

function unit(size: number, inputs: number, outputs: number): Unit {
  const deviation = Math.sqrt(2 / (size * size * inputs));
  return {
    kernel: tf.variable(tf.randomNormal([size, size, inputs, outputs], 0, deviation)),
    bias: tf.variable(tf.zeros([outputs])),
  };
}

/** Symmetric padding, as PyTorch's networks have it: an op of its own where the stride is 2. */
function convolve(
  x: tf.Tensor4D,
  { kernel, bias }: Unit,
  strides = 1,
  activation: 'relu' | 'linear' = 'relu',
): tf.Tensor4D {
  const side = (kernel.shape[0] - 1) / 2;
  const explicit = strides > 1 && side > 0;
  return tf.fused.conv2d({
    x: explicit
      ? tf.pad(x, [
          [0, 0],
          [side, side],
          [side, side],
          [0, 0],
        ])
      : x,
    filter: kernel as unknown as tf.Tensor4D,
    strides,
    pad: explicit ? 'valid' : 'same',
    bias,
    activation,
  });
}

/**
 * @param classes outputs of the linear layer behind the global average
 * @returns a function that trains on one batch, images `[batch, 224, 224, 3]` and one-hot labels, and gives the loss
 */
export function resnet18ByHand(classes: number): (images: tf.Tensor4D, labels: tf.Tensor2D) => Promise<number> {
  const stem = unit(7, 3, 64);
  const blocks = [64, 64, 128, 128, 256, 256, 512, 512].map((channels, i) => {
    const widens = i > 0 && i % 2 === 0;
    const inputs = widens ? channels / 2 : channels;
    return {
      strides: widens ? 2 : 1,
      first: unit(3, inputs, channels),
      second: unit(3, channels, channels),
      shortcut: widens ? unit(1, inputs, channels) : null,
    };
  });
  const classifier = {
    kernel: tf.variable(tf.randomNormal([512, classes], 0, 0.05)),
    bias: tf.variable(tf.zeros([classes])),
  };
  const optimizer = tf.train.momentum(1e-3, 0.9, true);

  function scores(images: tf.Tensor4D): tf.Tensor2D {
    const raised = tf.pad(convolve(images, stem, 2), [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D;
    const maps = blocks.reduce<tf.Tensor4D>(
      (x, { first, second, shortcut, strides }) => {
        const branch = convolve(convolve(x, first, strides), second, 1, 'linear');
        return tf.relu(tf.add(branch, shortcut === null ? x : convolve(x, shortcut, strides, 'linear'))) as tf.Tensor4D;
      },
      tf.maxPool(raised, 3, 2, 'valid'),
    );
    return tf.add(
      tf.matMul(tf.mean(maps, [1, 2]) as tf.Tensor2D, classifier.kernel as unknown as tf.Tensor2D),
      classifier.bias,
    );
  }

  return async (images, labels) => {
    const cost = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, scores(images)) as tf.Scalar,
      true,
    ) as tf.Scalar;
    const [loss] = await cost.data();
    cost.dispose();
    return loss;
  };
}
