import { expectedInWords, WeldonError } from '../../errors.js';
import type { WeightNaming } from './weightNaming.js';
import { acceptedShapes, slotParts } from './weightSlots.js';
import type { WeightSlot } from './weightSlots.js';
import type { WeightSource } from '../../formats/weightSource.js';
import * as tf from '@tensorflow/tfjs-core';
import { layerValues } from './layerValues.js';
import type { LayerValues } from './layerValues.js';

function setLayerWeights({ layer, values }: LayerValues): void {
  tf.tidy(() => layer.setWeights(values.map((value, i) => tf.tensor(value, layer.weights[i].shape as number[]))));
}

/** Whether the backend copies what a tensor is made from, as wasm and tensorflow do at once; cpu keeps the array. */
async function copiesArrays(): Promise<boolean> {
  const array = Float32Array.of(0);
  const tensor = tf.tensor1d(array);
  array[0] = 1;
  const [value] = await tensor.data();
  tensor.dispose();
  return value === 0;
}

/**
 * Fills built layers: finds the convention the source is named by, compares names and shapes, transposes kernels to
 * TensorFlow.js's layouts and folds batch normalisation where the slot says so. One layer at a time is in memory
 * beside the model.
 *
 * @param owner the builder's name, for errors
 * @param namings the conventions this network's weights are known by
 * @param whole the slots are the whole network, so that a tensor no slot asks for is an error
 * @throws WeldonError naming missing, mis-shaped and unexpected tensors; in that case no layer was touched
 */
export async function fillWeights(
  owner: string,
  slots: readonly WeightSlot[],
  source: WeightSource,
  namings: readonly WeightNaming[],
  whole: boolean,
): Promise<void> {
  const naming = chooseNaming(slots, source, namings);
  checkWeights(owner, slots, source, naming, whole ? 'refused' : 'ignored');
  for await (const layer of layerValues(slots, source, naming, await copiesArrays())) {
    setLayerWeights(layer);
  }
}

/** The first few of a list of names, for an error sentence. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** The names that slots ask for in a convention. */
export function neededNames(slots: readonly WeightSlot[], naming: WeightNaming): string[] {
  return slots.flatMap((slot) => slotParts(slot, naming.folded).map((part) => naming.nameOf(slot.names, part)));
}

/** The convention whose names the source knows most of; of equals the first. */
export function chooseNaming(
  slots: readonly WeightSlot[],
  source: WeightSource,
  namings: readonly WeightNaming[],
): WeightNaming {
  const layout = source.layout ?? 'pytorch';
  const fitting = namings.filter((naming) => naming.layout === layout);
  const known = fitting.map((naming) => neededNames(slots, naming).filter((name) => source.shapes.has(name)).length);
  return fitting[known.indexOf(Math.max(...known))];
}

/** Names of the tensors that no slot asks for, as the source has them; counters of batches are none of weights. */
export function leftOver(slots: readonly WeightSlot[], source: WeightSource, naming: WeightNaming): string[] {
  const needed = new Set(neededNames(slots, naming));
  return [...source.shapes.keys()]
    .filter((name) => !needed.has(name) && !name.endsWith('num_batches_tracked'))
    .map((name) => source.originalNames?.get(name) ?? name);
}

/** The part of a name before its first separator: which of the network's modules a tensor belongs to. */
function moduleOf(name: string): string {
  return name.split(/[./]/, 1)[0];
}

/**
 * What becomes of tensors that no slot asks for: all are refused; those of the network's own modules, which are a sign
 * of another network, as the caller tells of the others; or none.
 */
export type UnexpectedTensors = 'refused' | 'told' | 'ignored';

/**
 * Compares names and shapes before any value is read, so that a wrong checkpoint changes nothing.
 *
 * @param owner the builder's name, for errors
 * @throws WeldonError naming missing, mis-shaped and unexpected tensors, by the source's own names
 */
export function checkWeights(
  owner: string,
  slots: readonly WeightSlot[],
  source: WeightSource,
  naming: WeightNaming,
  unexpectedOnes: UnexpectedTensors,
): void {
  const unfolded = slots.find(({ kernel, norm }) => kernel !== null && norm !== null && norm.layer !== null);
  if (naming.folded && unfolded !== undefined) {
    throw expectedInWords(
      `batchNorm for ${owner}`,
      `'fold' with weights whose batch norm is folded already`,
      'a mode that keeps it',
    );
  }
  const missing: string[] = [];
  const misshaped: string[] = [];
  const needed = new Set<string>();
  for (const slot of slots) {
    for (const part of slotParts(slot, naming.folded)) {
      const name = naming.nameOf(slot.names, part);
      needed.add(name);
      const given = source.shapes.get(name)?.join(', ');
      const accepted = acceptedShapes(slot, part, naming.layout).map((shape) => shape.join(', '));
      if (given === undefined) {
        missing.push(name);
      } else if (!accepted.includes(given)) {
        misshaped.push(`${name} is [${given}], expected [${accepted[0]}]`);
      }
    }
  }
  const left = leftOver(slots, source, naming);
  const modules = new Set([...needed].map(moduleOf));
  const isOwn = (name: string) => modules.has(moduleOf(name));
  const misfit = missing.length + misshaped.length > 0;
  const unexpected =
    unexpectedOnes === 'refused' || (misfit && unexpectedOnes === 'told')
      ? left
      : unexpectedOnes === 'told'
        ? left.filter(isOwn)
        : [];
  const complaints = [
    missing.length > 0 ? `missing: ${some(missing)}` : '',
    misshaped.length > 0 ? `mis-shaped: ${some(misshaped)}` : '',
    unexpected.length > 0 ? `unexpected: ${some(unexpected)}` : '',
    // Names that are there show by what level or convention they differ.
    missing.length > 0 && unexpected.length === 0 && left.length > 0 ? `it has ${some(left)}` : '',
  ].filter((complaint) => complaint !== '');
  if (complaints.length > 0) {
    throw new WeldonError(
      `Expected ${source.name ?? 'weights'} for ${owner} to match its tensors by name and shape ` +
        `but received other ones (${complaints.join('; ')})`,
    );
  }
}
