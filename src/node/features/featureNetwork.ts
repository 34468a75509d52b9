import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import { tensorPass } from '../../models/forward.js';
import type { FrozenPass, NumberArray } from '../../models/frozenPass.js';
import { findStep, layerGraph, stepsFor } from '../../models/layerGraph.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { runLower } from '../../training/trainingGraph.js';
import type { FrozenPart } from '../../training/trainingGraph.js';
import type { ImageTask, RawImage } from '../loading/imageTask.js';
import { pixelBatch } from '../loading/imageTask.js';

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

/** The features of a model's layer as a frozen pass on the active backend. */
export function featurePass(model: tfl.LayersModel, layer: string, input: ModelRecipe['input']): FrozenPass {
  const frozen = frozenPart(model, layer);
  return tensorPass({ outputs: ['features'], input, run: (images) => [runLower(frozen, images)] });
}

/** What a pass gives for images that have been read. */
export async function runFeatures(
  pass: FrozenPass,
  images: readonly RawImage[],
  tasks: readonly ImageTask[],
): Promise<BatchOfFeatures> {
  const { data, shape } = (await pass.run(pixelBatch(images, tasks))).features as NumberArray;
  return { shape: shape.slice(1), values: data };
}
