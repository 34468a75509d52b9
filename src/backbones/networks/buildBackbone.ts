import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expected } from '../../errors.js';
import type { BackboneDesign } from './backboneDesign.js';
import { resolveBackboneOptions } from './backboneOptions.js';
import type { BackboneOptions, ResolvedBackboneOptions } from './backboneOptions.js';
import type { BlockContext } from './buildingBlocks.js';
import { fillWeights, neededNames } from '../weights/checkWeights.js';
import { drawInitialWeights } from '../weights/initialWeights.js';
import { withHead, withoutLevel, withoutWrappers } from '../weights/fitNames.js';
import { ownNamings } from '../weights/weightNaming.js';
import type { WeightNaming } from '../weights/weightNaming.js';
import { slotLayers } from '../weights/weightSlots.js';
import type { SlotNames, WeightSlot } from '../weights/weightSlots.js';
import type { WeightSource } from '../../formats/weightSource.js';

/** A network whose layers are built and not yet filled. */
export interface DrawnBackbone {
  model: tfl.LayersModel;
  slots: readonly WeightSlot[];
  namings: readonly WeightNaming[];
  /** The drawing goes to the end, classifier included. */
  whole: boolean;
}

/** The conventions that weights of that layout may go by. */
function namingsFor(design: BackboneDesign, source: WeightSource): WeightNaming[] {
  const layout = source.layout ?? 'pytorch';
  return [...design.namings, ...ownNamings].filter((naming) => naming.layout === layout);
}

function classifierNames(design: BackboneDesign): SlotNames {
  return {
    unit: 'classifier',
    activation: null,
    depthwise: false,
    kernelPrefix: design.classifierPrefix,
    normPrefix: null,
  };
}

/** Outputs of the classifier in `source`, or `null` where it has none under any name known. */
export function classesOf(design: BackboneDesign, source: WeightSource): number | null {
  const layout = source.layout ?? 'pytorch';
  for (const naming of namingsFor(design, source)) {
    const shape = source.shapes.get(naming.nameOf(classifierNames(design), 'kernel'));
    if (shape !== undefined && shape.length >= 2) {
      return layout === 'pytorch' ? shape[0] : shape.at(-1)!;
    }
  }
  return null;
}

/**
 * Weights under the names that a network asks for: without the level that a wrapper or a model around the network put
 * into names, and with the classifier found where it goes by another name.
 *
 * @param stages the stages to be built; `null` for all of them and the classifier
 */
export function fitWeights(
  design: BackboneDesign,
  weights: WeightSource,
  stages: readonly string[] | null,
): WeightSource {
  let source = withoutWrappers(weights);
  const namings = namingsFor(design, source);
  // VGG's dense layers are left out: they are the largest by far, and what the others tell holds for them.
  const wanted = (stages ?? [design.last]).map((name) => (/^fc\d$/.test(name) ? 'block5' : name));
  const drawn = drawBackbone(
    design,
    resolveBackboneOptions(design.name, design.stages, design.last, { stages: [...new Set(wanted)] }),
    true,
  );
  drawn.model.dispose();
  const conventions = namings.map((naming) => new Set(neededNames(drawn.slots, naming)));
  const fits = conventions.some((names) => [...names].every((name) => source.shapes.has(name)));
  if (!fits) {
    source = withoutLevel(source, conventions);
  }
  if (stages !== null || classesOf(design, source) !== null || (source.layout ?? 'pytorch') !== 'pytorch') {
    return source;
  }
  const known = conventions.map((names) => [...names].filter((name) => source.shapes.has(name)).length);
  const index = known.indexOf(Math.max(...known));
  const names = classifierNames(design);
  return withHead(source, conventions[index], {
    weight: namings[index].nameOf(names, 'kernel'),
    bias: namings[index].nameOf(names, 'bias'),
    inputs: design.stages.at(-1)!.channels,
  });
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
 *
 * @param seed decides the convolutions' initial weights, where none are given
 */
export async function buildBackbone(
  design: BackboneDesign,
  options: BackboneOptions,
  seed?: number,
): Promise<tfl.LayersModel> {
  const resolved = resolveBackboneOptions(design.name, design.stages, design.last, options);
  // Layers make tensors as they are built, and wasm and webgpu start by themselves only where they are waited for.
  await tf.ready();
  const weights =
    resolved.weights === null
      ? null
      : fitWeights(design, resolved.weights, resolved.include === 'classifier' ? null : resolved.stages);
  const { model, slots, namings, whole } = drawBackbone(design, { ...resolved, weights });
  if (weights === null) {
    if (seed !== undefined) {
      drawInitialWeights(model, seed);
    }
    return model;
  }
  try {
    await fillWeights(design.name, slots, weights, namings, whole);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
