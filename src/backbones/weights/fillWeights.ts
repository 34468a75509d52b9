import * as tf from '@tensorflow/tfjs-core';
import { checkWeights, chooseNaming } from './checkWeights.js';
import { layerValues } from './layerValues.js';
import type { LayerValues } from './layerValues.js';
import type { WeightNaming } from './weightNaming.js';
import type { WeightSlot } from './weightSlots.js';
import type { WeightSource } from '../../formats/weightSource.js';

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
