import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords, WeldonError } from '../errors.js';
import type { AxisField, AxisWindow } from './axisField.js';
import { enlarge, pad, pixels, slide, slideBack, union } from './axisField.js';
import type { GraphValue, LayerGraph, LayerStep } from './layerGraph.js';
import { findStep, layerGraph, showShape } from './layerGraph.js';
import type { SpatialAxes } from './spatialAxes.js';
import { knownExtent, lastSpatialValue, spatialAxes } from './spatialAxes.js';

export type { AxisField } from './axisField.js';

/** Which pixels of the network's input each region of a map sees. */
export interface ReceptiveField {
  /** the layer whose output this is */
  layer: string;
  rows: AxisField;
  columns: AxisField;
  /**
   * Whether an operation over the whole image is on the path: a squeeze-and-excitation gate, a normalisation over the
   * image. `rows` and `columns` then describe the local paths only.
   */
  seesWholeImage: boolean;
}

export interface ReceptiveFieldOptions {
  /** `[height, width]` of the network's input in pixels; needed where the model leaves it free. */
  inputSize?: readonly [height: number, width: number];
  /** Name of the layer whose output is meant. Default: the last one with rows and columns. */
  layer?: string;
  /** Class names of layers of your own that work on each place by itself. */
  pointwise?: readonly string[];
}

interface Field {
  rows: AxisField;
  columns: AxisField;
  seesWholeImage: boolean;
}

const pointwiseLayers = new Set([
  'Activation',
  'ReLU',
  'LeakyReLU',
  'PReLU',
  'ELU',
  'ThresholdedReLU',
  'Softmax',
  'Dropout',
  'SeededDropout',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'BatchNormalization',
  'FrozenBatchNorm',
  'LayerNormalization',
  'RegionNormalization',
  'ChannelStandardization',
  'Rescaling',
  'Masking',
  'Dense',
  'ClassWisePooling2D',
  'Permute',
  'Reshape',
]);

const mergeLayers = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Multiply', 'Concatenate']);

type Axis = 0 | 1;

function pair(value: unknown): [number, number] {
  return Array.isArray(value) ? [value[0] as number, value[1] as number] : [value as number, value as number];
}

function along(config: Record<string, unknown>, axis: Axis, kernelKey: string, dilated: boolean): AxisWindow {
  return {
    kernel: pair(config[kernelKey])[axis],
    stride: pair(config.strides)[axis],
    dilation: dilated ? pair(config.dilationRate ?? 1)[axis] : 1,
    padding: config.padding === 'same' ? 'same' : 'valid',
  };
}

/** What a layer with one input does to the field along one axis; `undefined` for a layer not known here. */
function axisRule(step: LayerStep, axis: Axis): ((field: AxisField) => AxisField) | undefined {
  const config = step.layer.getConfig() as Record<string, unknown>;
  switch (step.layer.getClassName()) {
    case 'Conv2D':
    case 'SeparableConv2D':
      return (field) => slide(field, along(config, axis, 'kernelSize', true));
    case 'DepthwiseConv2D':
      // tfjs-layers 4.22.0 takes a dilation rate here and does not use it.
      return (field) => slide(field, along(config, axis, 'kernelSize', false));
    case 'Conv2DTranspose':
      return (field) => slideBack(field, along(config, axis, 'kernelSize', false));
    case 'MaxPooling2D':
    case 'AveragePooling2D':
      return (field) => slide(field, along(config, axis, 'poolSize', false));
    case 'ZeroPadding2D': {
      const [before, after] = pair((config.padding as unknown[])[axis]);
      return (field) => pad(field, before, after);
    }
    case 'Cropping2D': {
      const [before, after] = pair((config.cropping as unknown[])[axis]);
      return (field) => pad(field, -before, -after);
    }
    case 'UpSampling2D':
      return (field) =>
        enlarge(field, pair(config.size)[axis], config.interpolation === 'bilinear' ? 'bilinear' : 'nearest');
    default:
      return undefined;
  }
}

/** Whether a normalisation that otherwise works place by place spans rows or columns. */
function spansPlaces(step: LayerStep, axes: SpatialAxes): boolean {
  if (!['Softmax', 'LayerNormalization'].includes(step.layer.getClassName())) {
    return false;
  }
  const given = step.layer.getConfig().axis as number | number[];
  const rank = step.inputs[0].shape.length;
  const spanned = (Array.isArray(given) ? given : [given]).map((axis) => (axis < 0 ? axis + rank : axis));
  return spanned.includes(axes.row) || spanned.includes(axes.column);
}

function merge(graph: LayerGraph, step: LayerStep, fields: Map<GraphValue, Field>, axes: SpatialAxes): Field {
  const layer = step.layer.name;
  if (step.layer.getClassName() === 'Concatenate') {
    const axis = (step.layer.getConfig().axis as number | undefined) ?? -1;
    const along = axis < 0 ? axis + step.outputs[0].shape.length : axis;
    if (along === axes.row || along === axes.column) {
      throw expectedInWords(
        `layer ${layer} of model ${graph.name}`,
        'a concatenation of channels',
        `one along axis ${along}, rows or columns`,
      );
    }
  }
  const name = (value: GraphValue) => value.step?.layer.name ?? 'the input';
  const inputs = step.inputs.flatMap((value) => {
    const field = fields.get(value);
    return field === undefined ? [] : [{ value, field }];
  });
  // A 1×1 map that meets a larger one is a gate over the whole image.
  const single = ({ field }: { field: Field }) => field.rows.count === 1 && field.columns.count === 1;
  const local = inputs.every(single) ? inputs : inputs.filter((input) => !single(input));
  const [first, ...others] = local;
  let { rows, columns } = first.field;
  for (const { value, field } of others) {
    for (const [axis, a, b] of [
      ['rows', rows, field.rows],
      ['columns', columns, field.columns],
    ] as const) {
      if (a.count !== b.count || (a.count > 1 && a.stride !== b.stride)) {
        throw new WeldonError(
          `Expected the branches that meet in layer ${layer} of model ${graph.name} to have the same stride and size ` +
            `but received ${a.count} ${axis} of stride ${a.stride} px from ${name(first.value)} and ` +
            `${b.count} of stride ${b.stride} px from ${name(value)}`,
        );
      }
    }
    rows = union(rows, field.rows);
    columns = union(columns, field.columns);
  }
  return {
    rows,
    columns,
    seesWholeImage: local.length < step.inputs.length || inputs.some(({ field }) => field.seesWholeImage),
  };
}

function stepField(
  graph: LayerGraph,
  step: LayerStep,
  fields: Map<GraphValue, Field>,
  axes: SpatialAxes,
  pointwise: ReadonlySet<string>,
): Field {
  const name = step.layer.getClassName();
  if (mergeLayers.has(name)) {
    return merge(graph, step, fields, axes);
  }
  const field = step.inputs.map((input) => fields.get(input)).find((known) => known !== undefined) as Field;
  const [rowRule, columnRule] = [axisRule(step, 0), axisRule(step, 1)];
  if (rowRule !== undefined && columnRule !== undefined) {
    return { rows: rowRule(field.rows), columns: columnRule(field.columns), seesWholeImage: field.seesWholeImage };
  }
  if (step.inputs.length === 1 && (pointwiseLayers.has(name) || pointwise.has(name))) {
    return { ...field, seesWholeImage: field.seesWholeImage || spansPlaces(step, axes) };
  }
  throw expectedInWords(
    `layer ${step.layer.name} of model ${graph.name}`,
    'of a class whose receptive field is known, or named in the option pointwise',
    `an unknown class, ${name}`,
  );
}

function imageSize(graph: LayerGraph, given: ReceptiveFieldOptions['inputSize']): [number, number] {
  const images = graph.inputs.filter((input) => input.shape.length === 4);
  if (images.length !== 1) {
    throw expectedInWords(`model ${graph.name}`, 'a network with one image as input', `one with ${images.length}`);
  }
  const { row, column } = spatialAxes(graph).get(images[0]) as SpatialAxes;
  const size = [row, column].map((axis, i) => {
    const fixed = knownExtent(images[0].shape[axis]);
    const wanted = given?.[i];
    if (wanted !== undefined && (!Number.isInteger(wanted) || wanted < 1)) {
      throw expected(
        `inputSize for the receptive field of model ${graph.name}`,
        'two whole numbers of pixels >= 1',
        given,
      );
    }
    if (fixed !== null && wanted !== undefined && fixed !== wanted) {
      throw expectedInWords(
        `inputSize for the receptive field of model ${graph.name}`,
        `what the model's input ${showShape(images[0].shape)} allows`,
        `[${given?.join(', ')}]`,
      );
    }
    return wanted ?? fixed;
  });
  if (size[0] === null || size[1] === null) {
    throw expectedInWords(
      `inputSize for the receptive field of model ${graph.name}`,
      `given as [height, width], since the model's input ${showShape(images[0].shape)} is free`,
      'none',
    );
  }
  return size as [number, number];
}

/** The fields of every value that `target`, or if it is not given every output of the graph, depends on. */
function allFields(graph: LayerGraph, options: ReceptiveFieldOptions, until?: GraphValue): Map<GraphValue, Field> {
  const [height, width] = imageSize(graph, options.inputSize);
  const axes = spatialAxes(graph);
  const pointwise = new Set(options.pointwise);
  const fields = new Map<GraphValue, Field>();
  for (const input of graph.inputs) {
    if (input.shape.length === 4) {
      fields.set(input, { rows: pixels(height), columns: pixels(width), seesWholeImage: false });
    }
  }
  for (const step of graph.steps) {
    const known = axes.get(step.outputs[0]);
    if (known !== undefined) {
      const field = stepField(graph, step, fields, known, pointwise);
      step.outputs.forEach((output) => fields.set(output, field));
    }
    if (until !== undefined && step.outputs.includes(until)) {
      break;
    }
  }
  return fields;
}

/**
 * Which pixels each region of a layer's output sees, through any graph of convolution, pooling, padding, cropping,
 * up-sampling and merge layers, models used as layers included.
 *
 * TensorFlow's `'same'` padding depends on the size of its input, so `start` does too and the input's size is asked
 * for. Where branches of different depth meet, the result covers all of them.
 *
 * @param model any LayersModel with one image as input
 * @returns size, stride, centre of the first region and number of regions, for rows and columns, in pixels of the
 *   network's input
 * @throws WeldonError if the input size is missing, a layer's class is unknown, the layer has no rows and columns, or
 *   branches with different strides meet
 *
 * @example
 * receptiveField(vgg16, { inputSize: [224, 224], layer: 'block5_pool' }).rows;
 * // { size: 212, stride: 32, start: 16, count: 7 }
 */
export function receptiveField(model: tfl.LayersModel, options: ReceptiveFieldOptions = {}): ReceptiveField {
  checkKeys(options, 'inputSize layer pointwise', 'receptiveField');
  const graph = layerGraph(model);
  const value = options.layer === undefined ? lastSpatialValue(graph) : findStep(graph, options.layer).outputs[0];
  const layer = value.step?.layer.name ?? 'the input';
  const field = allFields(graph, options, value).get(value);
  if (field === undefined) {
    throw expectedInWords(
      `layer ${layer} of model ${graph.name}`,
      'one with rows and columns',
      `an output of shape ${showShape(value.shape)}`,
    );
  }
  return { layer, ...field };
}

/**
 * Refuses an input too small to leave the network a single region. Models with layers that `receptiveField` does not
 * know pass.
 *
 * @param size side of the input in pixels
 * @param name what the size is called, as it follows "Expected"
 * @throws WeldonError with the smallest size
 *
 * @example
 * refuseSmallInput(model, 16, 'size for heat maps');
 */
export function refuseSmallInput(model: tfl.LayersModel, size: number, name: string): void {
  const isEnough = (side: number): boolean => {
    try {
      const { rows, columns } = receptiveField(model, { inputSize: [side, side] });
      return rows.count >= 1 && columns.count >= 1;
    } catch {
      return true;
    }
  };
  if (isEnough(size)) {
    return;
  }
  let [tooSmall, enough] = [size, 2 * size];
  while (!isEnough(enough)) {
    [tooSmall, enough] = [enough, 2 * enough];
  }
  while (enough - tooSmall > 1) {
    const middle = Math.floor((tooSmall + enough) / 2);
    [tooSmall, enough] = isEnough(middle) ? [tooSmall, middle] : [middle, enough];
  }
  throw expected(name, `at least ${enough}, as this network has no region in smaller images,`, size);
}
