import { storeFloat16 } from '../formats/float16.js';
import { uniqueName } from '../models/layerGraph.js';
import type { Attribute, ElementType, OnnxConstant, OnnxNode } from './modelFile.js';

/** How weights lie in the file; nodes compute in float32 either way. */
export type WeightPrecision = 'float32' | 'float16';

/** The largest number of half precision. */
const mostOfHalf = 65504;

/** Nodes and constants of a model in the making. Values are known by their names. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  /** the layer that is being exported, which names its nodes */
  scope = 'model';
  private readonly taken = new Set<string>();
  private readonly shared = new Map<string, string>();

  constructor(
    readonly opset: number,
    private readonly precision: WeightPrecision,
  ) {}

  /** A name that nothing else has. */
  unique(name: string): string {
    return uniqueName(name, this.taken);
  }

  /** Adds a node with one output, and returns that. */
  node(op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.severalOutputs(op, inputs, 1, attributes)[0];
  }

  /** Adds a node with several outputs. */
  severalOutputs(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Record<string, Attribute> = {},
  ): string[] {
    const name = this.unique(`${this.scope}/${op}`);
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? name : this.unique(`${name}:${i}`)));
    this.nodes.push({ op, name, inputs, outputs, attributes });
    return outputs;
  }

  /** Gives a value the name that the model's output has. */
  output(value: string, name: string): void {
    this.nodes.push({ op: 'Identity', name: `${name}/output`, inputs: [value], outputs: [name], attributes: {} });
  }

  /** Whole numbers that say how: axes, shapes, counts. */
  integers(values: readonly number[]): string {
    return this.once(`int64 ${values.join()}`, 'int64', [values.length], () =>
      bytesOf(
        BigInt64Array.from(values, (value) => BigInt(value)),
        8,
      ),
    );
  }

  /** One number, without axes. */
  number(value: number, type: 'float32' | 'double' = 'float32'): string {
    return this.once(`${type} ${Object.is(value, -0) ? '-0' : value}`, type, [], () =>
      type === 'float32' ? bytesOf(Float32Array.of(value), 4) : bytesOf(Float64Array.of(value), 8),
    );
  }

  /** A vector of numbers that stays float32 whatever the precision: biases, statistics. */
  vector(name: string, values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    return this.add(`${this.scope}/${name}`, 'float32', shape, bytesOf(Float32Array.from(values), 4));
  }

  /** A layer's kernel, at the precision of the file; one that half precision cannot hold stays float32. */
  kernel(name: string, values: Float32Array, shape: readonly number[]): string {
    if (this.precision === 'float32' || values.some((value) => Math.abs(value) > mostOfHalf)) {
      return this.add(`${this.scope}/${name}`, 'float32', shape, bytesOf(values, 4));
    }
    const half = new Uint16Array(values.length);
    storeFloat16(values, half);
    return this.node('Cast', [this.add(`${this.scope}/${name}`, 'float16', shape, bytesOf(half, 2))], { to: 1 });
  }

  /** Reduces over axes, which are an attribute of these operators up to opset 17. */
  reduce(op: 'ReduceMean' | 'ReduceMax' | 'ReduceMin', value: string, axes: number[], keepdims: 0 | 1): string {
    return this.opset < 18
      ? this.node(op, [value], { axes, keepdims })
      : this.node(op, [value, this.integers(axes)], { keepdims });
  }

  private once(key: string, type: ElementType, shape: readonly number[], bytes: () => Uint8Array): string {
    let name = this.shared.get(key);
    if (name === undefined) {
      name = this.add(`constant/${this.shared.size}`, type, shape, bytes());
      this.shared.set(key, name);
    }
    return name;
  }

  private add(wanted: string, type: ElementType, shape: readonly number[], bytes: Uint8Array): string {
    const name = this.unique(wanted);
    this.constants.push({ name, type, shape, bytes });
    return name;
  }
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of numbers as files have them, without a copy where memory has them so too. */
function bytesOf(values: ArrayBufferView, width: number): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (littleEndian) {
    return bytes;
  }
  const turned = new Uint8Array(bytes.length);
  bytes.forEach((byte, i) => {
    turned[i - (i % width) + (width - 1 - (i % width))] = byte;
  });
  return turned;
}
