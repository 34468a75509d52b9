/** GraphModels written out by hand, as tensorflowjs_converter would, and loaded from memory. */
import type { GraphModel } from '@tensorflow/tfjs-converter';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';

interface Constant {
  name: string;
  shape: number[];
  values: number[];
}

interface Node {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

const float = { T: { type: 'DT_FLOAT' } };
const base64 = (text: string) => Buffer.from(text).toString('base64');

export const conv = (name: string, input: string, kernel: string, stride: number): Node => ({
  name,
  op: 'Conv2D',
  input: [input, kernel],
  attr: {
    ...float,
    padding: { s: base64('SAME') },
    data_format: { s: base64('NHWC') },
    strides: { list: { i: ['1', String(stride), String(stride), '1'] } },
    dilations: { list: { i: ['1', '1', '1', '1'] } },
  },
});

export const relu = (name: string, input: string): Node => ({ name, op: 'Relu', input: [input], attr: float });

/** Mean over rows and columns; `axes` is an int constant. */
export const mean = (name: string, input: string, axes: string): Node => ({
  name,
  op: 'Mean',
  input: [input, axes],
  attr: { ...float, Tidx: { type: 'DT_INT32' }, keep_dims: { b: false } },
});

/** `WeldonPool` with the attributes given as TensorFlow writes them. */
export const weldonPoolNode = (name: string, input: string, attr: Record<string, unknown>): Node => ({
  name,
  op: 'WeldonPool',
  input: [input],
  attr,
});

export const text = (value: string) => ({ s: base64(value) });

/** Seeded numbers around 0. */
export function numbers(count: number, seed: number): number[] {
  return tf.tidy(() => Array.from(tf.randomUniform([count], -0.5, 0.5, 'float32', seed).dataSync()));
}

/** Loads a graph with one image as input, called `image`. */
export async function graphModel(
  nodes: Node[],
  constants: Constant[],
  { size = [-1, -1] as [number, number], batch = -1, ints = [] as Constant[] } = {},
): Promise<GraphModel> {
  const dim = (extent: number) => ({ size: String(extent) });
  const placeholder = {
    name: 'image',
    op: 'Placeholder',
    attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [dim(batch), dim(size[0]), dim(size[1]), dim(3)] } } },
  };
  const constant =
    (dtype: string) =>
    ({ name, shape }: Constant) => ({
      name,
      op: 'Const',
      attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: { dim: shape.map(dim) } } } },
    });
  const bytes = [
    ...constants.map(({ values }) => new Uint8Array(Float32Array.from(values).buffer)),
    ...ints.map(({ values }) => new Uint8Array(Int32Array.from(values).buffer)),
  ];
  return loadGraphModel(
    tf.io.fromMemory({
      modelTopology: {
        node: [placeholder, ...constants.map(constant('DT_FLOAT')), ...ints.map(constant('DT_INT32')), ...nodes],
        versions: { producer: 1 },
      },
      format: 'graph-model',
      weightSpecs: [
        ...constants.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const })),
        ...ints.map(({ name, shape }) => ({ name, shape, dtype: 'int32' as const })),
      ],
      weightData: new Uint8Array(Buffer.concat(bytes)).buffer,
    }),
  );
}

/** A classifier of 3 classes: two convolutions of stride 2, global average, a matrix. */
export function classifierGraph(options?: Parameters<typeof graphModel>[2]): Promise<GraphModel> {
  return graphModel(
    [
      conv('block1/conv', 'image', 'block1/kernel', 2),
      relu('block1/relu', 'block1/conv'),
      conv('block2/conv', 'block1/relu', 'block2/kernel', 2),
      relu('block2/relu', 'block2/conv'),
      mean('pool', 'block2/relu', 'axes'),
      {
        name: 'logits',
        op: 'MatMul',
        input: ['pool', 'fc'],
        attr: { ...float, transpose_a: { b: false }, transpose_b: { b: false } },
      },
    ],
    [
      { name: 'block1/kernel', shape: [3, 3, 3, 4], values: numbers(108, 1) },
      { name: 'block2/kernel', shape: [3, 3, 4, 5], values: numbers(180, 2) },
      { name: 'fc', shape: [5, 3], values: numbers(15, 3) },
    ],
    { ints: [{ name: 'axes', shape: [2], values: [1, 2] }], ...options },
  );
}
