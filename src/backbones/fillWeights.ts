import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { WeldonError } from '../errors.js';
import { foldBatchNorm } from './foldBatchNorm.js';
import type { BatchNormValues } from './foldBatchNorm.js';
import { convolutionKernel, denseKernel, depthwiseKernel } from './kernelLayouts.js';
import { kernelShape, slotShapes } from './weightSlots.js';
import type { NormSlot, WeightSlot } from './weightSlots.js';
import type { WeightSource } from './weightSource.js';

const layouts = { convolution: convolutionKernel, depthwise: depthwiseKernel, dense: denseKernel };

/** The first few of a list of names, for an error sentence. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** Compares names and shapes before any value is read, so that a wrong checkpoint changes nothing. */
function checkShapes(owner: string, slots: readonly WeightSlot[], source: WeightSource, whole: boolean): void {
  const needed = new Map(slots.flatMap((slot) => [...slotShapes(slot)]));
  const missing: string[] = [];
  const misshaped: string[] = [];
  for (const [name, shape] of needed) {
    const given = source.shapes.get(name);
    if (given === undefined) {
      missing.push(name);
    } else if (given.join() !== shape.join()) {
      misshaped.push(`${name} is [${given.join(', ')}], expected [${shape.join(', ')}]`);
    }
  }
  const unexpected = whole
    ? [...source.shapes.keys()].filter((name) => !needed.has(name) && !name.endsWith('.num_batches_tracked'))
    : [];
  const complaints = [
    missing.length > 0 ? `missing: ${some(missing)}` : '',
    misshaped.length > 0 ? `mis-shaped: ${some(misshaped)}` : '',
    unexpected.length > 0 ? `unexpected: ${some(unexpected)}` : '',
  ].filter((complaint) => complaint !== '');
  if (complaints.length > 0) {
    throw new WeldonError(
      `Expected weights for ${owner} to match its tensors by name and shape but received other ones ` +
        `(${complaints.join('; ')})`,
    );
  }
}

function setLayerWeights(layer: tfl.layers.Layer, values: readonly Float32Array[]): void {
  tf.tidy(() => layer.setWeights(values.map((value, i) => tf.tensor(value, layer.weights[i].shape as number[]))));
}

async function readNorm(norm: NormSlot, source: WeightSource): Promise<BatchNormValues> {
  const [gamma, beta, mean, variance] = await Promise.all(
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => source.read(`${norm.prefix}.${part}`)));
  return { gamma, beta, mean, variance, epsilon: norm.epsilon };
}

async function fillSlot(slot: WeightSlot, source: WeightSource): Promise<void> {
  const raw = await source.read(`${slot.prefix}.weight`);
  const kernel = layouts[slot.kind](raw, kernelShape(slot));
  const bias = slot.bias ? await source.read(`${slot.prefix}.bias`) : null;
  const norm = slot.norm === null ? null : await readNorm(slot.norm, source);
  if (norm !== null && slot.norm!.layer === null) {
    const folded = foldBatchNorm(kernel, bias, norm);
    setLayerWeights(slot.layer, [folded.kernel, folded.bias]);
    return;
  }
  setLayerWeights(slot.layer, bias === null ? [kernel] : [kernel, bias]);
  if (norm !== null) {
    setLayerWeights(slot.norm!.layer!, [norm.gamma, norm.beta, norm.mean, norm.variance]);
  }
}

/**
 * Fills built layers from a state_dict: transposes kernels to TensorFlow.js's layouts and folds batch normalisation
 * where the slot says so. One tensor at a time is in memory beside the layers.
 *
 * @param owner the builder's name, for errors
 * @param whole the slots are the whole network, so that a tensor no slot asks for is an error
 * @throws WeldonError naming missing, mis-shaped and unexpected tensors; in that case no layer was touched
 */
export async function fillWeights(
  owner: string, slots: readonly WeightSlot[], source: WeightSource, whole: boolean,
): Promise<void> {
  checkShapes(owner, slots, source, whole);
  for (const slot of slots) {
    await fillSlot(slot, source);
  }
}
