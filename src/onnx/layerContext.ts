import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../errors.js';
import type { GraphValue, LayerStep } from '../models/layerGraph.js';
import type { GraphBuilder } from './graphBuilder.js';

/**
 * A tensor on its way through the ONNX graph. Convolutions want channels first there; a value changes its order of axes
 * only where a layer asks for the other one.
 */
export interface Value {
  name: string;
  /** `'asBuilt'`: the axes that the model's tensor has; `'channelsFirst'`: its last axis is the second one */
  order: 'asBuilt' | 'channelsFirst';
  rank: number;
}

/** A layer's weight: its values, as the model has them. */
export interface Weight {
  values: Float32Array;
  shape: number[];
}

export type Weights = Readonly<Record<string, Weight | undefined>>;

/** Adds a layer's nodes, and gives what it returns. */
export type LayerExport = (context: LayerContext, step: LayerStep) => Value;

/** What the export of one model keeps in mind while it goes through the layers. */
export class LayerContext {
  /** what layers with an activation of their own give before it */
  readonly beforeActivation = new Map<GraphValue, Value>();
  private readonly values = new Map<GraphValue, Value>();
  private readonly made = new Map<LayerStep, unknown>();
  private readonly turned = new Map<string, string>();

  constructor(
    readonly modelName: string,
    readonly builder: GraphBuilder,
    private readonly allWeights: ReadonlyMap<tfl.layers.Layer, Weights>,
  ) {}

  set(value: GraphValue, exported: Value): void {
    this.values.set(value, exported);
  }

  get(value: GraphValue): Value {
    return this.values.get(value) as Value;
  }

  /** What is made of a layer call's input once, for all who need it. */
  once<T>(step: LayerStep, make: () => T): T {
    if (!this.made.has(step)) {
      this.made.set(step, make());
    }
    return this.made.get(step) as T;
  }

  /** What a layer takes. */
  input(step: LayerStep, index = 0): Value {
    return this.get(step.inputs[index]);
  }

  weights(step: LayerStep): Weights {
    return this.allWeights.get(step.layer) as Weights;
  }

  /** The same tensor with its axes in that order. */
  inOrder(value: Value, order: Value['order']): Value {
    const { name, rank } = value;
    if (value.order === order || rank < 3) {
      return { name, order, rank };
    }
    const key = `${order} ${name}`;
    let turned = this.turned.get(key);
    if (turned === undefined) {
      const inner = Array.from({ length: rank - 2 }, (_, i) => i);
      const perm = order === 'asBuilt' ? [0, ...inner.map((i) => i + 2), 1] : [0, rank - 1, ...inner.map((i) => i + 1)];
      turned = this.builder.node('Transpose', [name], { perm });
      this.turned.set(key, turned);
      this.turned.set(`${value.order} ${turned}`, name);
    }
    return { name: turned, order, rank };
  }

  asBuilt(value: Value): Value {
    return this.inOrder(value, 'asBuilt');
  }

  /**
   * A value for an operator that has its channels second.
   *
   * @param dataFormat the layer's: a model with channels first is built as ONNX wants it
   */
  channelsSecond(value: Value, dataFormat: unknown = 'channelsLast'): Value {
    return this.inOrder(value, dataFormat === 'channelsFirst' ? 'asBuilt' : 'channelsFirst');
  }

  /** A node that works on each number by itself. */
  each(op: string, value: Value, more: readonly string[] = [], attributes = {}): Value {
    return { ...value, name: this.builder.node(op, [value.name, ...more], attributes) };
  }

  /** Where an axis of the model's tensor lies in a value. */
  axis(value: Value, axis: number): number {
    const asBuilt = axis < 0 ? axis + value.rank : axis;
    if (value.order === 'asBuilt' || asBuilt === 0 || value.rank < 3) {
      return asBuilt;
    }
    return asBuilt === value.rank - 1 ? 1 : asBuilt + 1;
  }

  /** One number per channel, shaped so that it applies to the channels of a value. */
  perChannel(value: Value, name: string, numbers: ArrayLike<number>): string {
    const behind = value.order === 'channelsFirst' && value.rank > 2 ? value.rank - 2 : 0;
    return this.builder.vector(name, numbers, [numbers.length, ...new Array<number>(behind).fill(1)]);
  }

  /** The sentence for a layer, or a use of one, that has no place in an ONNX file. */
  refuse(step: LayerStep, rule: string, received: string): Error {
    return expectedInWords(`layer ${step.layer.name} of model ${this.modelName}`, rule, received);
  }
}

/** Numbers with their axes in another order; axis `i` of the result is axis `perm[i]` of what is given. */
export function transposed({ values, shape }: Weight, perm: readonly number[]): Weight {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  // Axes of one place are no loops, and neighbours that stay neighbours are one: most kernels are a matrix then.
  const loops: { extent: number; step: number }[] = [];
  for (const axis of perm.filter((each) => shape[each] !== 1)) {
    const outer = loops.at(-1);
    if (outer?.step === shape[axis] * strides[axis]) {
      outer.extent *= shape[axis];
      outer.step = strides[axis];
    } else {
      loops.push({ extent: shape[axis], step: strides[axis] });
    }
  }
  while (loops.length < 2) {
    loops.unshift({ extent: 1, step: 0 });
  }
  const result = new Float32Array(values.length);
  const copy = (depth: number, from: number, to: number): number => {
    const { extent, step } = loops[depth];
    if (depth === loops.length - 2) {
      return copyMatrix(values, from, result, to, loops[depth], loops[depth + 1]);
    }
    let next = to;
    for (let i = 0; i < extent; i++) {
      next = copy(depth + 1, from + i * step, next);
    }
    return next;
  };
  copy(0, 0, 0);
  return { values: result, shape: perm.map((axis) => shape[axis]) };
}

/** Rows that are written side by side: what is read for one of them serves the others from the cache. */
const rowsAtOnce = 16;

/** Copies rows of numbers that lie `row.step` and `column.step` apart, one behind the other; returns where they end. */
function copyMatrix(
  values: Float32Array,
  from: number,
  result: Float32Array,
  to: number,
  row: { extent: number; step: number },
  column: { extent: number; step: number },
): number {
  for (let first = 0; first < row.extent; first += rowsAtOnce) {
    const behind = Math.min(first + rowsAtOnce, row.extent);
    for (let j = 0; j < column.extent; j++) {
      const start = from + j * column.step;
      for (let i = first; i < behind; i++) {
        result[to + i * column.extent + j] = values[start + i * row.step];
      }
    }
  }
  return to + row.extent * column.extent;
}
