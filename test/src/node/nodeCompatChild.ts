/** The process that nodeCompat.test.ts starts, with the moment of the import under test as its argument. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { loadNative } from '../../native.js';

async function run(moment: string): Promise<object> {
  if (moment === 'before') {
    await import('../../../src/node/nodeCompat.js');
  }
  loadNative();
  if (moment === 'after') {
    await import('../../../src/node/nodeCompat.js');
  }
  const { indices } = tf.topk(tf.tensor1d([3, 9, 9, 1]), 2);
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [4, 4, 1], filters: 1, kernelSize: 3, kernelInitializer: 'ones' }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 1, kernelInitializer: 'ones' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.001), loss: 'meanSquaredError' });
  // Four windows of nine ones: 36, a loss of 36² before the first step.
  const { history } = await model.fit(tf.ones([1, 4, 4, 1]), tf.zeros([1, 1]), { epochs: 2, verbose: 0 });
  return { node: process.version, indices: Array.from(await indices.data()), losses: history.loss };
}

run(process.argv[2]).then(
  (result) => console.log(JSON.stringify(result)),
  (error: unknown) => console.log(JSON.stringify({ error: String(error) })),
);
