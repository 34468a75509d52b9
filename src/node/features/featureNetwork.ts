import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import { findStep, layerGraph, stepsFor } from '../../models/layerGraph.js';
import { runLower } from '../../training/trainingGraph.js';
import type { FrozenPart } from '../../training/trainingGraph.js';
import type { ImageTask, PreparedImage } from '../loading/imageTask.js';
import { imageTensor } from '../loading/imageTask.js';

/** Features of some images, one after the other. */
export interface BatchOfFeatures {
  /** of one image, for example `[14, 14, 1280]` */
  shape: number[];
  values: Float32Array;
}

/** Gives the features of images; where the network runs is the implementation's business. */
export interface FeatureNetwork {
  /** batches that may be asked for at once, so that it never waits */
  lanes: number;
  run(tasks: readonly ImageTask[]): Promise<BatchOfFeatures>;
  close(): Promise<void>;
}

/**
 * A model up to a layer, to be run as at prediction.
 *
 * @throws WeldonError if there is no such layer, or the model has several inputs
 */
export function frozenPart(model: tfl.LayersModel, layer: string): FrozenPart {
  const graph = layerGraph(model);
  if (graph.inputs.length !== 1) {
    throw expectedInWords(`model ${graph.name}`, 'one with one input', `one with ${graph.inputs.length}`);
  }
  const [from] = findStep(graph, layer).outputs;
  return { graph, from, lower: stepsFor(graph, [from]) };
}

/** Runs a network in the calling thread, on the active backend. */
export async function runFrozen(
  frozen: FrozenPart,
  prepared: readonly PreparedImage[],
  tasks: readonly ImageTask[],
): Promise<BatchOfFeatures> {
  const images = imageTensor(prepared, tasks);
  const features = runLower(frozen, images);
  images.dispose();
  try {
    return { shape: features.shape.slice(1), values: (await features.data()) as Float32Array };
  } finally {
    features.dispose();
  }
}
