import { expectedInWords } from '../errors.js';
import { poolingOfLayer } from '../layers/index.js';
import type { GraphValue, LayerGraph, LayerStep } from './layerGraph.js';
import { stepsFor } from './layerGraph.js';

/** Which axes of a tensor are rows and columns of the image. */
export interface SpatialAxes {
  row: number;
  column: number;
}

const channelsLast: SpatialAxes = { row: 1, column: 2 };
const channelsFirst: SpatialAxes = { row: 2, column: 3 };

/** Layers that give up the places of the image. */
const givesUpPlaces = ({ layer }: LayerStep) =>
  layer.getClassName() === 'Flatten' || poolingOfLayer(layer) !== undefined;

function axesOfFormat(dataFormat: unknown): SpatialAxes {
  return dataFormat === 'channelsFirst' ? channelsFirst : channelsLast;
}

/** tfjs writes a cropped free size as a negative number. */
export function knownExtent(extent: number | null | undefined): number | null {
  return extent != null && extent >= 0 ? extent : null;
}

/** Whether a pooling layer's one window is the whole map, as in heads that end in AveragePooling2D(7) + Flatten. */
export function poolsWholeMap(step: LayerStep): boolean {
  const name = step.layer.getClassName();
  if (name !== 'AveragePooling2D' && name !== 'MaxPooling2D') {
    return false;
  }
  const config = step.layer.getConfig();
  const { row, column } = axesOfFormat(config.dataFormat);
  const [input] = step.inputs;
  const [output] = step.outputs;
  const size = config.poolSize as number[];
  return (
    output.shape[row] === 1 &&
    output.shape[column] === 1 &&
    input.shape[row] === size[0] &&
    input.shape[column] === size[1] &&
    size[0] * size[1] > 1
  );
}

function outputAxes(step: LayerStep, axes: Map<GraphValue, SpatialAxes>): SpatialAxes | undefined {
  const name = step.layer.getClassName();
  const source = step.inputs.find((input) => axes.has(input));
  if (source === undefined || givesUpPlaces(step) || poolsWholeMap(step)) {
    return undefined;
  }
  const known = axes.get(source) as SpatialAxes;
  const [output] = step.outputs;
  if (name === 'Permute') {
    const dims = step.layer.getConfig().dims as number[];
    return { row: dims.indexOf(known.row) + 1, column: dims.indexOf(known.column) + 1 };
  }
  if (name === 'Reshape') {
    // Kept apart from the channels, rows and columns survive (channel shuffles); flattened, they do not.
    const keeps = (axis: number) => output.shape[axis] === source.shape[axis];
    return output.shape.length >= 4 && keeps(known.row) && keeps(known.column) ? known : undefined;
  }
  return output.shape.length === source.shape.length ? known : undefined;
}

/** The values of a graph that still have places of the image, with the axes that hold them. */
export function spatialAxes(graph: LayerGraph): Map<GraphValue, SpatialAxes> {
  const axes = new Map<GraphValue, SpatialAxes>();
  const format = graph.steps
    .map((step) => step.layer.getConfig().dataFormat)
    .find((value) => value !== undefined && value !== null);
  for (const input of graph.inputs) {
    if (input.shape.length === 4) {
      axes.set(input, axesOfFormat(format));
    }
  }
  for (const step of graph.steps) {
    const found = outputAxes(step, axes);
    if (found !== undefined) {
      step.outputs.forEach((output) => axes.set(output, found));
    }
  }
  return axes;
}

/**
 * The last value with rows and columns on the way to the model's first output.
 *
 * @throws WeldonError if the model has none
 */
export function lastSpatialValue(graph: LayerGraph, axes = spatialAxes(graph)): GraphValue {
  const candidates = stepsFor(graph, graph.outputs.slice(0, 1))
    .flatMap((step) => step.outputs)
    .filter((value) => value.shape.length === 4 && axes.has(value));
  const last = candidates.at(-1);
  if (last === undefined) {
    throw expectedInWords(
      `model ${graph.name}`,
      'a network with a spatial output, [batch, rows, columns, channels]',
      'one whose layers have none',
    );
  }
  return last;
}
