/** A thread of `featureThreads`: reads images and runs the network on a backend of its own. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { workerData } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
// The layers that a model may have, and the kernels of their ops.
import '../../layers/index.js';
import '../../backbones/networks/adaptiveAveragePooling.js';
import '../../backbones/networks/frozenBatchNorm.js';
import { startRuntime } from '../runtime/startRuntime.js';
import { serveThread } from '../workers/threadPool.js';
import type { BatchOfFeatures } from './featureNetwork.js';
import { featurePass, runFeatures } from './featureNetwork.js';
import type { FeatureThreadData } from './featureThreads.js';
import type { ImageTask } from '../loading/imageTask.js';
import { rawImage } from '../loading/imageTask.js';

const { backend, layer, input, artifacts, weights } = workerData as FeatureThreadData;

async function load() {
  await startRuntime({ backend });
  const weightData = new ArrayBuffer(weights.byteLength);
  new Uint8Array(weightData).set(new Uint8Array(weights));
  let model: tfl.LayersModel;
  try {
    model = await tfl.loadLayersModel(tf.io.fromMemory({ ...artifacts, weightData }));
  } catch (error) {
    const reason = (error as Error).message.split(/\.? This may be|\n/)[0];
    throw new WeldonError(
      `A thread cannot build the model: ${reason}. Set workers to 0 for a model with layers of your own`,
    );
  }
  return featurePass(model, layer, input);
}

const loading = load();
loading.catch(() => undefined); // told to whoever asks for features

async function perform(tasks: readonly ImageTask[]): Promise<BatchOfFeatures> {
  const [pass, images] = await Promise.all([loading, Promise.all(tasks.map(rawImage))]);
  return runFeatures(pass, images, tasks);
}

export default serveThread(perform, ({ values }) => [values.buffer as ArrayBuffer]);
