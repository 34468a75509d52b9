import * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords } from '../errors.js';
import type { GraphValue, LayerGraph, LayerStep } from './layerGraph.js';
import { showShape, stepsFor } from './layerGraph.js';
import type { SpatialAxes } from './spatialAxes.js';
import { knownExtent, spatialAxes } from './spatialAxes.js';

/**
 * The input size of a network that is cut from another:
 * - `'free'`: `[null, null, null, 3]`, any size the layers can work with; falls back to the size as built if a layer
 *   depends on it, for example a flattened map;
 * - `'asBuilt'`: what the original has;
 * - `[height, width]` in pixels.
 */
export type InputSize = 'free' | 'asBuilt' | readonly [height: number, width: number];

function pins(step: LayerStep, axes: Map<GraphValue, SpatialAxes>): boolean {
  const [input] = step.inputs;
  const places = axes.get(input);
  if (places === undefined || (input.shape[places.row] === 1 && input.shape[places.column] === 1)) {
    return false;
  }
  const config = step.layer.getConfig();
  const spanned = (list: unknown, rank: number) =>
    (Array.isArray(list) ? (list as number[]) : [list as number]).map((axis) => (axis < 0 ? axis + rank : axis));
  switch (step.layer.getClassName()) {
    case 'Flatten':
    case 'Reshape':
      return true;
    case 'PReLU': {
      // One slope per place unless rows and columns share it.
      const shared = config.sharedAxes == null ? [] : spanned(config.sharedAxes, input.shape.length);
      return !(shared.includes(places.row) && shared.includes(places.column));
    }
    case 'LayerNormalization': {
      const normalised = spanned(config.axis, input.shape.length);
      return normalised.includes(places.row) || normalised.includes(places.column);
    }
    default:
      return false;
  }
}

/** The name of the first layer before `values` that works for one input size only, or `null`. */
export function layerThatPinsTheSize(graph: LayerGraph, values: GraphValue[]): string | null {
  const axes = spatialAxes(graph);
  return stepsFor(graph, values).find((step) => pins(step, axes))?.layer.name ?? null;
}

/** New inputs for a network cut from `graph` at `values`, named as the original's. */
export function newInputs(graph: LayerGraph, values: GraphValue[], size: InputSize): tfl.SymbolicTensor[] {
  const axes = spatialAxes(graph);
  const pinnedBy = layerThatPinsTheSize(graph, values);
  return graph.inputs.map((input) => {
    const shape = [...input.shape];
    shape[0] = null;
    const places = axes.get(input);
    if (places !== undefined && size !== 'asBuilt' && !(size === 'free' && pinnedBy !== null)) {
      const extents = size === 'free' ? [null, null] : size;
      [places.row, places.column].forEach((axis, i) => {
        const extent = extents[i];
        if (extent !== null && (!Number.isInteger(extent) || extent < 1)) {
          throw expected('inputSize', "'free', 'asBuilt' or [height, width] in whole pixels", size);
        }
        if (extent !== null && pinnedBy !== null && extent !== knownExtent(shape[axis])) {
          throw expectedInWords(
            'inputSize',
            `that of model ${graph.name}, ${showShape(input.shape)}, on which its layer ${pinnedBy} depends`,
            `[${extents.join(', ')}]`,
          );
        }
        shape[axis] = extent;
      });
    }
    return tfl.input({
      batchShape: shape,
      name: input.tensor.sourceLayer.name,
      dtype: input.tensor.dtype as 'float32',
    });
  });
}
