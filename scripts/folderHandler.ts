/** A TensorFlow.js model folder on disk as an IOHandler, whole and in memory. */
import type * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ModelJson {
  modelTopology: object;
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
  userDefinedMetadata?: Record<string, object>;
}

export function folderHandler(folder: string): tf.io.IOHandler {
  return {
    load: async () => {
      const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as ModelJson;
      const weights = Buffer.concat(json.weightsManifest.flatMap(({ paths }) =>
        paths.map((path) => readFileSync(join(folder, path)))));
      return {
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
        weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length) as ArrayBuffer,
        userDefinedMetadata: json.userDefinedMetadata,
      };
    },
  };
}
