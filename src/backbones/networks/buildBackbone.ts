import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expected } from '../../errors.js';
import type { BackboneDesign } from './backboneDesign.js';
import { resolveBackboneOptions } from './backboneOptions.js';
import type { BackboneOptions, ResolvedBackboneOptions } from './backboneOptions.js';
import type { BlockContext } from './buildingBlocks.js';
import { fillWeights } from '../weights/checkWeights.js';
import { ownNamings } from '../weights/weightNaming.js';
import type { WeightNaming } from '../weights/weightNaming.js';
import { slotLayers } from '../weights/weightSlots.js';
import type { WeightSlot } from '../weights/weightSlots.js';
import type { WeightSource } from '../../formats/weightSource.js';

/** A network whose layers are built and not yet filled. */
export interface DrawnBackbone {
  model: tfl.LayersModel;
  slots: readonly WeightSlot[];
  namings: readonly WeightNaming[];
  /** The drawing goes to the end, classifier included. */
  whole: boolean;
}

/** Outputs of the classifier in `source`, or `null` where it has none under any name known. */
export function classesOf(design: BackboneDesign, source: WeightSource): number | null {
  const layout = source.layout ?? 'pytorch';
  const names = {
    unit: 'classifier',
    activation: null,
    depthwise: false,
    kernelPrefix: design.classifierPrefix,
    normPrefix: null,
  };
  for (const naming of [...design.namings, ...ownNamings].filter((each) => each.layout === layout)) {
    const shape = source.shapes.get(naming.nameOf(names, 'kernel'));
    if (shape !== undefined && shape.length >= 2) {
      return layout === 'pytorch' ? shape[0] : shape.at(-1)!;
    }
  }
  return null;
}

/** A stage of no rows or columns would give empty maps, and what follows it numbers made of nothing. */
function checkSize(
  owner: string,
  options: ResolvedBackboneOptions,
  context: BlockContext,
  stage: string,
  output: SymbolicTensor,
): void {
  const [, rows, columns] = output.shape;
  if ((rows === null || rows >= 1) && (columns === null || columns >= 1)) {
    return;
  }
  slotLayers(context.slots).forEach((layer) => layer.dispose());
  throw expected(
    `inputShape for ${owner}`,
    `large enough for its stage ${stage} to have a row and a column`,
    options.inputShape,
  );
}

/**
 * Builds a network's layers as far as the options ask.
 *
 * @throws WeldonError for an input shape that is too small
 * @param weightsFollow the weights are filled in later, so the costly random initial values are left out
 */
export function drawBackbone(
  design: BackboneDesign,
  options: ResolvedBackboneOptions,
  weightsFollow = options.weights !== null,
): DrawnBackbone {
  const { weights, include } = options;
  const context: BlockContext = {
    batchNorm: options.batchNorm,
    epsilon: design.epsilon,
    padding: design.padding,
    weightsFollow,
    slots: [],
  };
  const order = design.stages.map(({ name }) => name);
  const classifier = include === 'classifier';
  const wanted = classifier ? [design.last] : options.stages;
  const last = Math.max(...wanted.map((stage) => order.indexOf(stage)));
  const input = tfl.input({ name: 'image', shape: [...options.inputShape] });
  const ends: SymbolicTensor[] = [];
  for (let i = 0; i <= last; i++) {
    ends.push(design.draw[i](context, ends[i - 1] ?? input));
    checkSize(design.name, options, context, order[i], ends[i]);
  }
  const given = weights === null ? null : classesOf(design, weights);
  const outputs = classifier
    ? [design.drawClassifier(context, ends[last], options.classes ?? given ?? design.classes)]
    : wanted.map((stage) => ends[order.indexOf(stage)]);
  return {
    model: tfl.model({ name: design.name, inputs: input, outputs }),
    slots: context.slots,
    namings: [...design.namings, ...ownNamings],
    whole: classifier,
  };
}

/**
 * Builds a network and fills it. Where the weights do not fit or cannot be read, the model is disposed and the error
 * passed on: nobody gets a half-loaded one.
 */
export async function buildBackbone(design: BackboneDesign, options: BackboneOptions): Promise<tfl.LayersModel> {
  const resolved = resolveBackboneOptions(design.name, design.stages, design.last, options);
  // Layers make tensors as they are built, and wasm and webgpu start by themselves only where they are waited for.
  await tf.ready();
  const { model, slots, namings, whole } = drawBackbone(design, resolved);
  if (resolved.weights === null) {
    return model;
  }
  try {
    await fillWeights(design.name, slots, resolved.weights, namings, whole);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
