import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { startThreadPool } from '../workers/threadPool.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { BatchOfFeatures, FeatureNetwork } from './featureNetwork.js';
import type { ImageTask } from '../loading/imageTask.js';

/** What a thread needs to build its own copy of the network. */
export interface FeatureThreadData {
  backend: 'wasm' | 'cpu';
  layer: string;
  input: ModelRecipe['input'];
  artifacts: tf.io.ModelArtifacts;
  /** shared, so that starting a thread does not copy it twice */
  weights: SharedArrayBuffer;
}

async function artifactsOf(
  model: tfl.LayersModel,
): Promise<{ artifacts: tf.io.ModelArtifacts; weights: SharedArrayBuffer }> {
  let saved: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const { weightData, ...artifacts } = saved;
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData as tf.io.WeightData));
  const weights = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(weights).set(bytes);
  return { artifacts: { ...artifacts, trainingConfig: undefined }, weights };
}

/**
 * A network in several threads, each with its own copy of the weights and its own backend; wasm and cpu compute in the
 * thread that calls them, so one process uses one core.
 */
export async function featureThreads(
  model: tfl.LayersModel,
  { layer, input }: Pick<FeatureThreadData, 'layer' | 'input'>,
  backend: 'wasm' | 'cpu',
  threads: number,
): Promise<FeatureNetwork> {
  const workerData: FeatureThreadData = { backend, layer, input, ...(await artifactsOf(model)) };
  const pool = startThreadPool<readonly ImageTask[], BatchOfFeatures>(new URL('./featureWorker.js', import.meta.url), {
    threads,
    workerData,
  });
  return {
    // One batch in each thread's hands, one waiting there.
    lanes: 2 * threads,
    run: (tasks) => pool.run(tasks),
    close: () => pool.close(),
  };
}
