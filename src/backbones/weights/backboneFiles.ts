import type * as tf from '@tensorflow/tfjs-core';
import type { DrawnBackbone } from '../networks/buildBackbone.js';
import { checkWeights } from './checkWeights.js';
import type { UnexpectedTensors } from './checkWeights.js';
import { layerValues } from './layerValues.js';
import type { ModelFile, ModelFilesOptions } from './modelFiles.js';
import { slotLayers } from './weightSlots.js';
import type { WeightNaming } from './weightNaming.js';
import type { WeightSource } from '../../formats/weightSource.js';
import { WeightShards } from './modelFiles.js';

export interface BackboneFilesOptions extends ModelFilesOptions {
  /** Tensors that nothing asks for. Default: refused where the network is whole. */
  unexpected?: UnexpectedTensors;
  /** Told of every layer whose weights are done. */
  onLayer?: (name: string) => void;
}

/**
 * The files of a TensorFlow.js folder of a network and its weights, without the network ever holding them: one layer
 * at a time goes from the source into files, which are given out as they fill. A file's bytes are good until the next
 * one is asked for. model.json comes last.
 *
 * @throws WeldonError naming missing, mis-shaped and unexpected tensors, before the first file; and for values that
 * are not finite or do not fit in float16
 */
export async function* backboneFiles(
  owner: string,
  drawn: DrawnBackbone,
  source: WeightSource,
  naming: WeightNaming,
  options: BackboneFilesOptions,
): AsyncGenerator<ModelFile> {
  checkWeights(owner, drawn.slots, source, naming, options.unexpected ?? (drawn.whole ? 'refused' : 'ignored'));
  const specs = slotLayers(drawn.slots).flatMap(({ weights }) =>
    weights.map(({ originalName, shape, dtype }) => ({
      name: originalName,
      shape: shape as number[],
      dtype: dtype as tf.DataType,
    })),
  );
  const store = new WeightShards(specs, { ...options, reuse: true });
  for await (const { layer, values } of layerValues(drawn.slots, source, naming, true)) {
    for (const value of values) {
      yield* store.add(value);
    }
    options.onLayer?.(layer.name);
  }
  yield store.modelJson(drawn.model.toJSON(null, false) as object, options.metadata);
}
