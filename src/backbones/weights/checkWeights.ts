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
  checkWeights(owner, slots, source, naming, whole);
  for await (const layer of layerValues(slots, source, naming, await copiesArrays())) {
    setLayerWeights(layer);
  }
}

/** The first few of a list of names, for an error sentence. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

function neededNames(slots: readonly WeightSlot[], naming: WeightNaming): string[] {
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

/**
 * Compares names and shapes before any value is read, so that a wrong checkpoint changes nothing.
 *
 * @param owner the builder's name, for errors
 * @param whole the slots are the whole network, so that a tensor no slot asks for is an error
 * @throws WeldonError naming missing, mis-shaped and unexpected tensors, by the source's own convention
 */
export function checkWeights(
  owner: string,
  slots: readonly WeightSlot[],
  source: WeightSource,
  naming: WeightNaming,
  whole: boolean,
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
      `Expected ${source.name ?? 'weights'} for ${owner} to match its tensors by name and shape ` +
        `but received other ones (${complaints.join('; ')})`,
    );
  }
}
