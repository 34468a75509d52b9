import type { GraphModel, loadGraphModel as LoadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { WeldonError } from '../../errors.js';
// Registers the layers that a model of this package may have, and the kernels of their ops.
import '../../layers/index.js';
import '../../backbones/networks/adaptiveAveragePooling.js';
import '../../backbones/networks/frozenBatchNorm.js';
import { topologyProblem } from '../../formats/modelJson.js';
import { importInstalled, packageFolder } from '../runtime/installedPackages.js';
import { loadArtifacts, modelJsonPath, readModelJson } from './fileHandler.js';

/** A model from the disk, of either of TensorFlow.js' two kinds. */
export type LoadedModel =
  { kind: 'layers'; model: tfl.LayersModel; path: string } | { kind: 'graph'; model: GraphModel; path: string };

function damaged(path: string): WeldonError {
  return new WeldonError(`Expected ${path} to be a TensorFlow.js model but the description of its layers is damaged`);
}

/** Builds a model; where that fails, the variables of the layers that were made by then go too. */
async function layersModel(artifacts: tf.io.ModelArtifacts): Promise<tfl.LayersModel> {
  const variables = () => tf.engine().registeredVariables;
  let before = new Set<string>();
  try {
    return await tfl.loadLayersModel({
      load: async () => {
        before = new Set(Object.keys(variables()));
        return artifacts;
      },
    });
  } catch (error) {
    Object.entries(variables())
      .filter(([name]) => !before.has(name))
      .forEach(([, variable]) => variable.dispose());
    if (artifacts.trainingConfig !== undefined) {
      // A model that is only used needs no optimizer: one that tfjs does not know is no reason to refuse it.
      return layersModel({ ...artifacts, trainingConfig: undefined });
    }
    throw error;
  }
}

/**
 * Loads a TensorFlow.js model from a folder or model.json: LayersModels, and GraphModels where the optional package
 * `@tensorflow/tfjs-converter` is installed.
 *
 * @throws WeldonError naming the file and what is wrong with it
 *
 * @example
 * const { kind, model } = await loadModel('models/rooms');
 */
export function loadModel(pathOrUrl: string): Promise<LoadedModel> {
  return loadFrom(pathOrUrl);
}

/**
 * The same, with the SHA-256 of all bytes of the model's files, which are read once.
 *
 * @throws WeldonError as {@link loadModel}
 */
export async function loadHashedModel(pathOrUrl: string): Promise<LoadedModel & { sha256: string }> {
  const hash = createHash('sha256');
  return { ...(await loadFrom(pathOrUrl, hash)), sha256: hash.digest('hex') };
}

async function loadFrom(pathOrUrl: string, hash?: Hash): Promise<LoadedModel> {
  const path = await modelJsonPath(pathOrUrl);
  const json = await readModelJson(path, hash);
  const { format, modelTopology } = json;
  const problem = topologyProblem(modelTopology);
  if (problem !== null) {
    throw new WeldonError(`Expected ${path} to be the model.json of a TensorFlow.js model but ${problem}`);
  }
  const graph = format === 'graph-model' || 'node' in modelTopology;
  try {
    if (!graph) {
      return { kind: 'layers', model: await layersModel(await loadArtifacts(path, json, hash)), path };
    }
    if (packageFolder('@tensorflow/tfjs-converter') === null) {
      throw new WeldonError(`${path} is a GraphModel: run npm install @tensorflow/tfjs-converter@4.22.0 to load it`);
    }
    const { loadGraphModel } = await importInstalled<{ loadGraphModel: typeof LoadGraphModel }>(
      '@tensorflow/tfjs-converter',
    );
    return { kind: 'graph', model: await loadGraphModel({ load: () => loadArtifacts(path, json, hash) }), path };
  } catch (error) {
    if (error instanceof WeldonError) {
      throw error;
    }
    // What JavaScript says of a field that is missing means nothing to those who have the file.
    if (error instanceof TypeError || error instanceof RangeError) {
      throw damaged(path);
    }
    const message = error instanceof Error ? error.message : String(error);
    // Its list of what may be the matter goes on for many lines.
    const reason = message.split(/\.? This may be due to|\n/)[0];
    if (reason.includes('[object ')) {
      throw damaged(path);
    }
    throw new WeldonError(`Cannot load the model ${path}: ${reason}`);
  }
}

/**
 * Disposes a model. A backend that has run out of memory may fail at that too, in words of its own, which must not take
 * the place of the error that tells what happened.
 */
export function disposeModel(model: tfl.LayersModel): void {
  try {
    model.dispose();
  } catch {
    // Nothing is left to free.
  }
}
