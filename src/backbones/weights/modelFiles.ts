import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { WeightShards } from './weightShards.js';

/** One file of a TensorFlow.js model folder. */
export interface ModelFile {
  name: string;
  bytes: Uint8Array;
}

export interface ModelFilesOptions {
  /** How float32 weights are stored; TensorFlow.js widens float16 again when it loads. Default `'float32'`. */
  weights?: 'float32' | 'float16';
  /** Goes into model.json as user-defined metadata; a JSON value. Default: the model's own. */
  metadata?: object;
  /** Largest weight file, in bytes, a multiple of 4. Default 4 MiB, which browsers load side by side and cache. */
  shardBytes?: number;
  /** Who made the files, for model.json. */
  convertedBy?: string;
}

/** The model's artifacts by way of its own `save`, which knows the names and the order that loading expects. */
async function artifactsOf(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | null = null;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}

/**
 * A LayersModel as the files of a TensorFlow.js folder: `model.json` and weight files, in memory. The same model
 * gives the same bytes.
 *
 * @throws WeldonError for weights that are not float32, or do not fit in float16
 *
 * @example
 * for (const { name, bytes } of await modelFiles(model, { weights: 'float16' })) {
 *   await writeFile(join(folder, name), bytes);
 * }
 */
export async function modelFiles(model: tfl.LayersModel, options: ModelFilesOptions = {}): Promise<ModelFile[]> {
  const artifacts = await artifactsOf(model);
  const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData as ArrayBuffer | ArrayBuffer[]);
  const store = new WeightShards(artifacts.weightSpecs!, options);
  const files: ModelFile[] = [];
  let at = 0;
  for (const { shape } of artifacts.weightSpecs!) {
    const count = tf.util.sizeFromShape(shape);
    files.push(...store.add(new Float32Array(data, at, count)));
    at += 4 * count;
  }
  const metadata = options.metadata ?? (model.getUserDefinedMetadata() as object | undefined);
  return [store.modelJson(artifacts.modelTopology as object, metadata), ...files];
}
