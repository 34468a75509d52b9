/** A TensorFlow.js folder, or files in memory, as a plain IOHandler: what any Node program can write for itself. */
import type * as tf from '@tensorflow/tfjs-core';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ModelFile } from '../../../src/backbones/weights/modelFiles.js';

const embedded = fileURLToPath(new URL('../../../models/efficientnet-lite0/', import.meta.url));

interface ModelJson {
  modelTopology: object;
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
  userDefinedMetadata?: Record<string, object>;
}

/** The files of `models/efficientnet-lite0` that TensorFlow.js reads. */
export function embeddedFiles(): ModelFile[] {
  return readdirSync(embedded)
    .filter((name) => /\.(json|bin)$/.test(name))
    .map((name) => ({ name, bytes: readFileSync(embedded + name) }));
}

export function modelJsonOf(files: readonly ModelFile[]): ModelJson {
  return JSON.parse(new TextDecoder().decode(files.find(({ name }) => name === 'model.json')!.bytes)) as ModelJson;
}

export function handlerOf(files: readonly ModelFile[]): tf.io.IOHandler {
  return {
    load: async () => {
      const { modelTopology, weightsManifest, userDefinedMetadata } = modelJsonOf(files);
      const shards = weightsManifest
        .flatMap(({ paths }) => paths)
        .map((path) => files.find(({ name }) => name === path)!.bytes);
      return {
        modelTopology,
        weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
        weightData: Uint8Array.from(Buffer.concat(shards)).buffer,
        userDefinedMetadata,
      };
    },
  };
}
