import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { WeldonError } from '../../../src/index.js';
import type { ModelFile } from '../../../src/index.js';

/** Bytes that a weight takes in its file, by its stored type; NaN for types that have no fixed width. */
function storedBytes({ shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  const widths: Record<string, number> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };
  return shape.reduce((size, extent) => size * extent, 1) * (widths[quantization?.dtype ?? dtype] ?? NaN);
}

const baseName = (path: string) => path.split('/').at(-1) as string;

function parse(files: readonly ModelFile[]): tf.io.ModelJSON {
  const json = files.find(({ name }) => baseName(name) === 'model.json');
  if (json === undefined) {
    throw new WeldonError('Choose model.json together with its weight files: there is no model.json among these.');
  }
  let model: tf.io.ModelJSON;
  try {
    model = JSON.parse(new TextDecoder().decode(json.bytes)) as tf.io.ModelJSON;
  } catch {
    throw new WeldonError('This model.json is damaged: it is not JSON.');
  }
  if (
    typeof model?.modelTopology !== 'object' ||
    model.modelTopology === null ||
    !Array.isArray(model.weightsManifest)
  ) {
    throw new WeldonError(
      'This model.json is not that of a TensorFlow.js model: it has no modelTopology or weightsManifest.',
    );
  }
  if ('node' in model.modelTopology) {
    throw new WeldonError(
      'This model.json is a GraphModel, which has no layers to read class maps from. Choose a LayersModel.',
    );
  }
  return model;
}

function artifacts(files: readonly ModelFile[]): Promise<tf.io.ModelArtifacts> {
  const json = parse(files);
  const specs = json.weightsManifest.flatMap(({ weights }) => weights);
  const shards = json.weightsManifest
    .flatMap(({ paths }) => paths)
    .map((path) => {
      const file = files.find(({ name }) => baseName(name) === baseName(path));
      if (file === undefined) {
        throw new WeldonError(`The file ${baseName(path)} is missing: choose it together with model.json.`);
      }
      return file.bytes;
    });
  const held = shards.reduce((size, { length }) => size + length, 0);
  const needed = specs.reduce((size, spec) => size + storedBytes(spec), 0);
  if (needed !== held) {
    throw new WeldonError(
      `The weight files hold ${held} bytes but model.json describes ${needed}: ` +
        'a file is cut off, or from another model.',
    );
  }
  const data = new Uint8Array(held);
  shards.reduce((at, shard) => {
    data.set(shard, at);
    return at + shard.length;
  }, 0);
  return tf.io.getModelArtifactsForJSON(json, async () => [specs, data.buffer]);
}

async function hasOnlyNumbers(model: tfl.LayersModel): Promise<boolean> {
  for (const weight of model.weights) {
    const values = await weight.read().data();
    if (!values.every(Number.isFinite)) {
      return false;
    }
  }
  return true;
}

/**
 * A model from its files in memory.
 *
 * @param title what error sentences call it
 * @throws WeldonError for files that are missing, damaged, or not a LayersModel
 */
export async function modelFromFiles(files: readonly ModelFile[]): Promise<tfl.LayersModel> {
  const handler: tf.io.IOHandler = { load: () => artifacts(files) };
  let model: tfl.LayersModel;
  try {
    model = await tfl.loadLayersModel(handler);
  } catch (error) {
    throw error instanceof WeldonError
      ? error
      : new WeldonError(
          `This model cannot be opened: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
        );
  }
  if (!(await hasOnlyNumbers(model))) {
    model.dispose();
    throw new WeldonError('The weight files of this model are damaged: some weights are not numbers.');
  }
  return model;
}
