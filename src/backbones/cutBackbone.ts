import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/**
 * Ends a model at named layers and frees what lies behind them. The model given is used up: its remaining layers
 * belong to the one returned, which also takes its user-defined metadata.
 *
 * @param layers names of the layers whose outputs the new model gives, in that order; they must exist
 */
export function cutBackbone(model: tfl.LayersModel, layers: readonly string[]): tfl.LayersModel {
  const cut = tfl.model({
    name: model.name,
    inputs: model.inputs,
    outputs: layers.map((name) => model.getLayer(name).output as SymbolicTensor),
  });
  const kept = new Set(cut.layers);
  for (const layer of model.layers) {
    if (!kept.has(layer)) {
      layer.dispose();
    }
  }
  const metadata = model.getUserDefinedMetadata() as object | undefined;
  if (metadata != null) {
    cut.setUserDefinedMetadata(metadata);
  }
  return cut;
}
