import type { GraphValue, LayerGraph, LayerStep } from '../models/layerGraph.js';
import type { RecipeParts } from '../models/recipeMetadata.js';
import type { SpatialAxes } from '../models/spatialAxes.js';
import { knownExtent, spatialAxes } from '../models/spatialAxes.js';
import type { LayerContext, Value } from './layerContext.js';
import { activate } from './layers/activations.js';
import type { ModelEnds } from './modelEnds.js';
import type { Extent, OnnxPort } from './modelFile.js';
import type { OnnxOutput } from './outputNames.js';
import { exportIndices } from './regionPoolings.js';

const inputNames: Record<number, string> = { 2: 'vectors', 3: 'bags', 4: 'images', 5: 'volumes' };

/** Extents of a port: those that are free have names. */
function extents(port: string, shape: readonly (number | null)[], free: readonly boolean[] = []): Extent[] {
  const axes = shape.length === 4 ? ['batch', 'rows', 'columns', 'channels'] : ['batch'];
  return shape.map((extent, axis) => {
    const known = axis === 0 || free[axis] ? null : knownExtent(extent);
    return known ?? (axis === 0 ? 'batch' : `${port}_${axes[axis] ?? axis}`);
  });
}

/** Channels first to last. */
const turned = <T>(list: readonly T[]): T[] => [list[0], list[2], list[3], list[1]];

/**
 * Where a file meets its caller: raw pixels are taken, and maps given, with channels last, whatever the model has.
 */
export class ModelEdge {
  private readonly axes: Map<GraphValue, SpatialAxes>;

  /** @param free whether rows and columns of the images are up to the caller */
  constructor(
    private readonly context: LayerContext,
    private readonly graph: LayerGraph,
    private readonly free: boolean,
  ) {
    this.axes = spatialAxes(graph);
  }

  /**
   * The model's input.
   *
   * @param scaling what raw pixels are turned by; without, the file takes what the model takes
   */
  input(scaling: RecipeParts['input']): OnnxPort {
    const [value] = this.graph.inputs;
    const rank = value.shape.length;
    const name = this.context.builder.unique(inputNames[rank] ?? 'input');
    const given: Value = { name, order: 'asBuilt', rank };
    this.context.set(value, scaling === undefined ? given : this.scaled(given, scaling));
    return { name, type: 'float32', shape: this.shape(name, value, scaling !== undefined && this.isFirst(value)) };
  }

  /** One of the model's outputs, under its name. */
  output(name: OnnxOutput, value: GraphValue, ends: ModelEnds): OnnxPort {
    const { context } = this;
    const { builder } = context;
    const end = () => (ends.scoresInside ? context.beforeActivation.get(value) : context.get(value)) as Value;
    switch (name) {
      case 'features':
      case 'class_maps': {
        const maps = context.get(value);
        const first = this.isFirst(value);
        builder.output(context.asBuilt(first ? { ...maps, order: 'channelsFirst' } : maps).name, name);
        return { name, type: 'float32', shape: this.shape(name, value, first) };
      }
      case 'top_indices':
      case 'bottom_indices': {
        const { pooling } = ends.head as NonNullable<ModelEnds['head']>;
        builder.output(exportIndices(context, pooling, name === 'top_indices' ? 'top' : 'bottom'), name);
        return { name, type: 'int32', shape: ['batch', name, knownExtent(value.shape[1]) ?? 'classes'] };
      }
      case 'probabilities': {
        const probabilities =
          ends.probabilities === null
            ? activate(context, value.step as LayerStep, end(), ends.activation)
            : context.get(value);
        builder.output(probabilities.name, name);
        return { name, type: 'float32', shape: extents(name, value.shape) };
      }
      default:
        builder.output(end().name, name);
        return { name, type: 'float32', shape: extents(name, value.shape) };
    }
  }

  /** Raw RGB pixels with channels last, turned to what the model was trained on. */
  private scaled(pixels: Value, { colorOrder, scale, offset }: NonNullable<RecipeParts['input']>): Value {
    const { context } = this;
    const { builder } = context;
    let x = context.channelsSecond(pixels);
    if (colorOrder === 'bgr') {
      x = context.each('Gather', x, [builder.integers([2, 1, 0])], { axis: 1 });
    }
    const apply = (op: 'Mul' | 'Add', part: string, value: number | number[], neutral: number) => {
      const numbers = typeof value === 'number' ? [value] : value;
      if (numbers.some((number) => number !== neutral)) {
        x = context.each(op, x, [builder.vector(part, numbers, [numbers.length, 1, 1])]);
      }
    };
    apply('Mul', 'scale', scale as number | number[], 1);
    apply('Add', 'offset', offset as number | number[], 0);
    return this.isFirst(this.graph.inputs[0]) ? { ...x, order: 'asBuilt' } : x;
  }

  private isFirst(value: GraphValue): boolean {
    return value.shape.length === 4 && this.axes.get(value)?.row === 2;
  }

  private shape(port: string, value: GraphValue, first: boolean): Extent[] {
    const places = this.axes.get(value);
    const isPlace = (axis: number) => places !== undefined && (axis === places.row || axis === places.column);
    const free = value.shape.map((_, axis) => this.free && isPlace(axis));
    return first ? extents(port, turned(value.shape), turned(free)) : extents(port, value.shape, free);
  }
}
