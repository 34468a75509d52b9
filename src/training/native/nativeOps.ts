/** TensorFlow's own operations for the way back, which tfjs-node composes of many others. */
import * as tf from '@tensorflow/tfjs-core';

interface OpAttribute {
  name: string;
  type: number;
  value: number | string | readonly number[];
}

/** The part of tfjs-node's backend that is used here: no import of the package, which may be absent. */
interface NativeBackend extends tf.KernelBackend {
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_FLOAT', number>;
  isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
}

/** A depthwise convolution of `[batch, height, width, channels]`, its padding in numbers. */
export interface DepthwiseWindow {
  filterShape: [number, number, number, number];
  strides: [number, number];
  padding: { top: number; bottom: number; left: number; right: number };
}

export class NativeOps {
  /** whether operations run on a GPU rather than on TensorFlow's CPU kernels */
  readonly onGpu: boolean;
  readonly #backend: NativeBackend;
  readonly #float: OpAttribute;
  readonly #channelsLast: OpAttribute;

  constructor(backend: NativeBackend) {
    const { binding } = backend;
    this.onGpu = backend.isUsingGpuDevice;
    this.#backend = backend;
    this.#float = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    this.#channelsLast = { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' };
  }

  /** `dy` where `y > 0`, 0 elsewhere; with `clippedAt6` also 0 where `y >= 6`. */
  reluGradient(dy: tf.Tensor, y: tf.Tensor, clippedAt6: boolean): tf.Tensor {
    return this.#backend.executeSingleOutput(clippedAt6 ? 'Relu6Grad' : 'ReluGrad', [this.#float], [dy, y]);
  }

  addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
    return this.#backend.executeSingleOutput('BiasAdd', [this.#float, this.#channelsLast], [x, bias]);
  }

  /** The sum over all axes but the last. */
  biasGradient(dy: tf.Tensor): tf.Tensor {
    return this.#backend.executeSingleOutput('BiasAddGrad', [this.#float, this.#channelsLast], [dy]);
  }

  /**
   * The gradient for a depthwise convolution's filter. oneDNN's kernel for it takes twice the time of TensorFlow's own,
   * and only paddings given in numbers lead to the latter.
   */
  depthwiseFilterGradient(
    x: tf.TensorInfo,
    dy: tf.TensorInfo,
    { filterShape, strides, padding }: DepthwiseWindow,
  ): tf.Tensor {
    const { TF_ATTR_INT, TF_ATTR_STRING } = this.#backend.binding;
    const { top, bottom, left, right } = padding;
    const sizes = tf.tensor1d(filterShape, 'int32');
    try {
      return this.#backend.executeSingleOutput(
        'DepthwiseConv2dNativeBackpropFilter',
        [
          this.#float,
          this.#channelsLast,
          { name: 'strides', type: TF_ATTR_INT, value: [1, ...strides, 1] },
          { name: 'dilations', type: TF_ATTR_INT, value: [1, 1, 1, 1] },
          { name: 'padding', type: TF_ATTR_STRING, value: 'EXPLICIT' },
          { name: 'explicit_paddings', type: TF_ATTR_INT, value: [0, 0, top, bottom, left, right, 0, 0] },
        ],
        [x, sizes, dy],
      );
    } finally {
      sizes.dispose();
    }
  }
}

/** The operations of the active backend where that is tfjs-node's, `null` elsewhere. */
export function nativeOps(): NativeOps | null {
  return tf.getBackend() === 'tensorflow' ? new NativeOps(tf.backend() as NativeBackend) : null;
}
