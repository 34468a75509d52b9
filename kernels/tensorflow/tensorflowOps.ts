/**
 * TensorFlow's own operations, called by name on the backend of tfjs-node and tfjs-node-gpu.
 *
 * Attributes are written out by hand: the backend's helpers for them call a function that Node 23 removed. Every
 * method makes tensors that the surrounding tidy scope disposes.
 */
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, TensorContainer, TensorInfo } from '@tensorflow/tfjs-core';

/** The part of tfjs-node's backend that the kernels use: no import of the package, which may be absent. */
export interface TensorflowBackend {
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_INT' | 'TF_FLOAT' | 'TF_INT32' | 'TF_BOOL', number>;
  /** whether operations run on a GPU rather than on TensorFlow's CPU kernels */
  isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: TensorInfo[], outputs: number): Tensor[];
}

interface OpAttribute {
  name: string;
  type: number;
  value: number | boolean;
}

/** Types that both TensorFlow.js and these kernels know. */
type DType = 'float32' | 'int32' | 'bool';

export class TensorflowOps {
  readonly onGpu: boolean;
  readonly #backend: TensorflowBackend;

  constructor(backend: TensorflowBackend) {
    this.#backend = backend;
    this.onGpu = backend.isUsingGpuDevice;
  }

  /** Disposes what `run` makes and does not return, at its end or when it throws. */
  scope<Result>(run: () => Result): Result {
    return tidy(run as () => TensorContainer) as Result;
  }

  // ---- values from the host -------------------------------------------------------------------------------------

  float(value: number): Tensor {
    return tensor(value, [], 'float32');
  }

  int(value: number): Tensor {
    return tensor(value, [], 'int32');
  }

  floats(values: Float32Array | number[], shape = [values.length]): Tensor {
    return tensor(values, shape, 'float32');
  }

  ints(values: number[] | Int32Array, shape = [values.length]): Tensor {
    return tensor(values, shape, 'int32');
  }

  /** float32, 0 … end − 1. */
  range(end: number): Tensor {
    return this.#one('Range', [this.#type('Tidx', 'float32')], [this.float(0), this.float(end), this.float(1)]);
  }

  fill(shape: number[], value: number): Tensor {
    return this.#one(
      'Fill',
      [this.#type('T', 'float32'), this.#type('index_type', 'int32')],
      [this.ints(shape), this.float(value)],
    );
  }

  // ---- element by element, with broadcasting --------------------------------------------------------------------

  unary(name: 'Neg' | 'IsNan', x: TensorInfo): Tensor {
    return this.#one(name, [this.#type('T', x.dtype)], [x]);
  }

  binary(
    name:
      | 'AddV2'
      | 'Sub'
      | 'Mul'
      | 'MulNoNan'
      | 'Maximum'
      | 'Minimum'
      | 'Less'
      | 'LessEqual'
      | 'Greater'
      | 'GreaterEqual'
      | 'Equal',
    a: TensorInfo,
    b: TensorInfo,
  ): Tensor {
    return this.#one(name, [this.#type('T', a.dtype)], [a, b]);
  }

  and(a: TensorInfo, b: TensorInfo): Tensor {
    return this.#one('LogicalAnd', [], [a, b]);
  }

  or(a: TensorInfo, b: TensorInfo): Tensor {
    return this.#one('LogicalOr', [], [a, b]);
  }

  /** `yes` where the condition holds, `no` elsewhere. */
  select(condition: TensorInfo, yes: TensorInfo, no: TensorInfo): Tensor {
    return this.#one('SelectV2', [this.#type('T', yes.dtype)], [condition, yes, no]);
  }

  cast(x: TensorInfo, dtype: DType): Tensor {
    return this.#one(
      'Cast',
      [this.#type('SrcT', x.dtype), this.#type('DstT', dtype), this.#bool('Truncate', false)],
      [x],
    );
  }

  // ---- along an axis --------------------------------------------------------------------------------------------

  /** On TensorFlow's CPU kernels a NaN anywhere makes `Max` and `Min` NaN; its GPU kernels promise nothing. */
  reduce(name: 'Sum' | 'Max' | 'Min', x: TensorInfo, axes: number | number[], keepDims = false): Tensor {
    return this.#one(
      name,
      [this.#bool('keep_dims', keepDims), this.#type('T', x.dtype), this.#type('Tidx', 'int32')],
      [x, typeof axes === 'number' ? this.int(axes) : this.ints(axes)],
    );
  }

  any(x: TensorInfo, axis: number): Tensor {
    return this.#one('Any', [this.#bool('keep_dims', false), this.#type('Tidx', 'int32')], [x, this.int(axis)]);
  }

  cumsum(x: TensorInfo, axis: number, exclusive = false): Tensor {
    return this.#one(
      'Cumsum',
      [
        this.#bool('exclusive', exclusive),
        this.#bool('reverse', false),
        this.#type('Tidx', 'int32'),
        this.#type('T', x.dtype),
      ],
      [x, this.int(axis)],
    );
  }

  /** int32 place of the largest or smallest; of equals the lower one, which TensorFlow's CPU kernels see to. */
  place(name: 'ArgMax' | 'ArgMin', x: TensorInfo, axis: number): Tensor {
    return this.#one(
      name,
      [this.#type('T', x.dtype), this.#type('Tidx', 'int32'), this.#type('output_type', 'int32')],
      [x, this.int(axis)],
    );
  }

  /**
   * The `count` largest along the last axis; of equals the lower index first. Unsorted, the same set comes in no
   * particular order.
   */
  topK(x: TensorInfo, count: number, sorted: boolean): { values: Tensor; indices: Tensor } {
    const [values, indices] = this.#many(
      'TopKV2',
      [this.#bool('sorted', sorted), this.#type('T', x.dtype)],
      [x, this.int(count)],
      2,
    );
    return { values, indices };
  }

  /** The element that would stand at `place` (from 0) of the sorted last axis, descending or ascending. CPU only. */
  nthElement(x: TensorInfo, place: number, descending: boolean): Tensor {
    return this.#one('NthElement', [this.#type('T', x.dtype), this.#bool('reverse', descending)], [x, this.int(place)]);
  }

  // ---- matrix products ------------------------------------------------------------------------------------------

  matMul(a: TensorInfo, b: TensorInfo): Tensor {
    return this.#one(
      'MatMul',
      [this.#type('T', a.dtype), this.#bool('transpose_a', false), this.#bool('transpose_b', false)],
      [a, b],
    );
  }

  /** Matrix products over the last two axes; the leading ones broadcast. */
  batchMatMul(a: TensorInfo, b: TensorInfo): Tensor {
    return this.#one(
      'BatchMatMulV2',
      [this.#type('T', a.dtype), this.#bool('adj_x', false), this.#bool('adj_y', false)],
      [a, b],
    );
  }

  // ---- moving values --------------------------------------------------------------------------------------------

  /** Shares the values with `x`. */
  reshape(x: TensorInfo, shape: number[]): Tensor {
    return this.#one('Reshape', [this.#type('T', x.dtype), this.#type('Tshape', 'int32')], [x, this.ints(shape)]);
  }

  transpose(x: TensorInfo, order: number[]): Tensor {
    return this.#one('Transpose', [this.#type('T', x.dtype), this.#type('Tperm', 'int32')], [x, this.ints(order)]);
  }

  tile(x: TensorInfo, times: number[]): Tensor {
    return this.#one('Tile', [this.#type('T', x.dtype), this.#type('Tmultiples', 'int32')], [x, this.ints(times)]);
  }

  /** Parts of the given lengths along an axis; along the first they share the values with `x` where aligned. */
  split(x: TensorInfo, lengths: number[], axis: number): Tensor[] {
    return this.#many(
      'SplitV',
      [this.#type('T', x.dtype), this.#type('Tlen', 'int32'), this.#int('num_split', lengths.length)],
      [x, this.ints(lengths), this.int(axis)],
      lengths.length,
    );
  }

  concat(parts: Tensor[], axis: number): Tensor {
    return parts.length === 1
      ? parts[0]
      : this.#one(
          'ConcatV2',
          [this.#int('N', parts.length), this.#type('T', parts[0].dtype), this.#type('Tidx', 'int32')],
          [...parts, this.int(axis)],
        );
  }

  /** `x[…, indices[…], …]` along `axis`; the first `batchDims` axes of both run together. */
  gather(x: TensorInfo, indices: TensorInfo, axis: number, batchDims = 0): Tensor {
    return this.#one(
      'GatherV2',
      [
        this.#type('Tparams', x.dtype),
        this.#type('Tindices', 'int32'),
        this.#type('Taxis', 'int32'),
        this.#int('batch_dims', batchDims),
      ],
      [x, indices, this.int(axis)],
    );
  }

  /** `sums[segment]` = Σ of the values whose segment it is, 0 where there are none. */
  unsortedSegmentSum(values: TensorInfo, segments: TensorInfo, count: number): Tensor {
    return this.#one(
      'UnsortedSegmentSum',
      [this.#type('T', values.dtype), this.#type('Tindices', 'int32'), this.#type('Tnumsegments', 'int32')],
      [values, segments, this.int(count)],
    );
  }

  /** How many elements are true, told by the size of a tensor: no value is read. */
  countTrue(flags: TensorInfo): number {
    const parts = this.#many(
      'DynamicPartition',
      [this.#int('num_partitions', 2), this.#type('T', 'bool')],
      [flags, this.cast(flags, 'int32')],
      2,
    );
    return parts[1].shape[0];
  }

  // ---- calling --------------------------------------------------------------------------------------------------

  #one(name: string, attributes: OpAttribute[], inputs: TensorInfo[]): Tensor {
    return this.#backend.executeSingleOutput(name, attributes, inputs);
  }

  #many(name: string, attributes: OpAttribute[], inputs: TensorInfo[], outputs: number): Tensor[] {
    return this.#backend.executeMultipleOutputs(name, attributes, inputs, outputs);
  }

  #type(name: string, dtype: TensorInfo['dtype']): OpAttribute {
    const { binding } = this.#backend;
    const value = dtype === 'float32' ? binding.TF_FLOAT : dtype === 'int32' ? binding.TF_INT32 : binding.TF_BOOL;
    return { name, type: binding.TF_ATTR_TYPE, value };
  }

  #bool(name: string, value: boolean): OpAttribute {
    return { name, type: this.#backend.binding.TF_ATTR_BOOL, value };
  }

  #int(name: string, value: number): OpAttribute {
    return { name, type: this.#backend.binding.TF_ATTR_INT, value };
  }
}
