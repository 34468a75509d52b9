import type * as tfl from '@tensorflow/tfjs-layers';
import type { GraphValue, LayerGraph } from '../models/layerGraph.js';
import { findStep, layerGraph, stepsFor } from '../models/layerGraph.js';
import { sha256 } from './featureStore.js';

/** All that decides the output of a frozen part: its layers, how they hang together, their weights. */
export async function hashUpTo(graph: LayerGraph, from: GraphValue): Promise<string> {
  const lower = stepsFor(graph, [from]);
  const layers = new Map<tfl.layers.Layer, number>();
  const parts: unknown[] = [];
  for (const step of lower) {
    const known = layers.get(step.layer);
    const inputs = step.inputs.map((value) =>
      value.step === null ? [-1, 0] : [lower.indexOf(value.step), value.step.outputs.indexOf(value)],
    );
    if (known !== undefined) {
      parts.push([known, inputs]);
      continue;
    }
    layers.set(step.layer, layers.size);
    // Neither the name nor what dropout draws while training makes a difference at prediction.
    const { name: _, trainable: __, seed: ___, ...config } = step.layer.getConfig();
    const digests: string[] = [];
    for (const weight of step.layer.weights) {
      const values = await weight.read().data();
      digests.push(await sha256(new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength)));
    }
    parts.push([step.layer.getClassName(), config, inputs, digests]);
  }
  const end = from.step === null ? [-1, 0] : [lower.indexOf(from.step), from.step.outputs.indexOf(from)];
  return sha256(JSON.stringify([graph.inputs[0].shape.slice(-1), parts, end]));
}

/**
 * A hash of a network up to a layer: of its layers, their order and their weights, not of their names. Features of the
 * same hash are the same; `fineTune` keeps cached features under it.
 *
 * @param layer name of the layer; its output is what the hash stands for
 * @throws WeldonError if there is no such layer
 *
 * @example
 * await hashOfModel(backbone, 'stage5'); // 64 hexadecimal digits
 */
export async function hashOfModel(model: tfl.LayersModel, layer: string): Promise<string> {
  const graph = layerGraph(model);
  const [from] = findStep(graph, layer).outputs;
  return hashUpTo(graph, from);
}
