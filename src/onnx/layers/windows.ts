import type { LayerStep } from '../../models/layerGraph.js';
import type { Attribute } from '../modelFile.js';
import type { LayerContext, LayerExport, Value, Weight } from '../layerContext.js';
import { transposed } from '../layerContext.js';
import { withActivation } from './activations.js';

interface Window {
  kernel: number[];
  strides: number[];
  dilations: number[];
}

const perAxis = (value: unknown, axes: number, otherwise: number): number[] =>
  value == null
    ? new Array<number>(axes).fill(otherwise)
    : Array.isArray(value)
      ? (value as number[])
      : new Array<number>(axes).fill(value as number);

/**
 * How a sliding window is padded. TensorFlow's `'same'` puts the odd row or column behind, which ONNX calls SAME_UPPER;
 * with stride 1 it does not depend on the size, and stands there in numbers.
 */
function padding(
  context: LayerContext,
  step: LayerStep,
  { kernel, strides, dilations }: Window,
): Record<string, Attribute> {
  const rule = step.layer.getConfig().padding as string;
  const total = kernel.map((extent, axis) => (extent - 1) * dilations[axis]);
  switch (rule) {
    case 'valid':
      return {};
    case 'same':
      if (strides.every((stride) => stride === 1)) {
        const before = total.map((sum) => Math.floor(sum / 2));
        return { pads: [...before, ...total.map((sum, axis) => sum - before[axis])] };
      }
      if (dilations.some((dilation) => dilation !== 1)) {
        throw context.refuse(step, 'without strides where it is dilated', 'both');
      }
      return { auto_pad: 'SAME_UPPER' };
    default:
      throw context.refuse(step, "padded 'same' or 'valid'", rule);
  }
}

function convolution(
  context: LayerContext,
  step: LayerStep,
  input: Value,
  kernel: { weight: Weight; name: string; group?: number; bias?: Weight; pointwise?: boolean },
): Value {
  const { builder } = context;
  const { weight, name, group = 1, bias, pointwise = false } = kernel;
  const extents = weight.shape.slice(2);
  const config = step.layer.getConfig();
  const window = {
    kernel: extents,
    strides: perAxis(pointwise ? 1 : config.strides, extents.length, 1),
    dilations: perAxis(pointwise ? 1 : config.dilationRate, extents.length, 1),
  };
  const attributes: Record<string, Attribute> = {
    kernel_shape: extents,
    strides: window.strides,
    dilations: window.dilations,
    group,
    ...(pointwise ? {} : padding(context, step, window)),
  };
  const inputs = [input.name, builder.kernel(name, weight.values, weight.shape)];
  if (bias !== undefined) {
    inputs.push(builder.vector('bias', bias.values));
  }
  return { ...input, name: builder.node('Conv', inputs, attributes) };
}

/** `[…window, in, out]` → `[out, in, …window]`. */
function outputsFirst(weight: Weight): Weight {
  const axes = weight.shape.length;
  return transposed(weight, [axes - 1, axes - 2, ...Array.from({ length: axes - 2 }, (_, axis) => axis)]);
}

/** `[rows, columns, channels, each]` → `[channels·each, 1, rows, columns]`. */
function channelByChannel(weight: Weight): Weight {
  const [rows, columns, channels, each] = weight.shape;
  return { values: transposed(weight, [2, 3, 0, 1]).values, shape: [channels * each, 1, rows, columns] };
}

const conv: LayerExport = (context, step) => {
  const { kernel, bias } = context.weights(step);
  const x = context.channelsSecond(context.input(step), step.layer.getConfig().dataFormat);
  const y = convolution(context, step, x, { weight: outputsFirst(kernel!), name: 'kernel', bias });
  return withActivation(context, step, y);
};

const depthwise: LayerExport = (context, step) => {
  const { depthwise_kernel: kernel, bias } = context.weights(step);
  const x = context.channelsSecond(context.input(step), step.layer.getConfig().dataFormat);
  const y = convolution(context, step, x, {
    weight: channelByChannel(kernel!),
    name: 'kernel',
    group: kernel!.shape[2],
    bias,
  });
  return withActivation(context, step, y);
};

const separable: LayerExport = (context, step) => {
  const { depthwise_kernel: each, pointwise_kernel: across, bias } = context.weights(step);
  const x = context.channelsSecond(context.input(step), step.layer.getConfig().dataFormat);
  const spatial = convolution(context, step, x, {
    weight: channelByChannel(each!),
    name: 'depthwise_kernel',
    group: each!.shape[2],
  });
  const mixed = convolution(context, step, spatial, {
    weight: outputsFirst(across!),
    name: 'pointwise_kernel',
    bias,
    pointwise: true,
  });
  return withActivation(context, step, mixed);
};

/** Dense: of vectors a product of matrices, of each region a 1×1 convolution. */
const dense: LayerExport = (context, step) => {
  const { kernel, bias } = context.weights(step);
  const input = context.input(step);
  const { builder } = context;
  if (input.rank === 2) {
    const inputs = [input.name, builder.kernel('kernel', kernel!.values, kernel!.shape)];
    const y = builder.node('Gemm', bias === undefined ? inputs : [...inputs, builder.vector('bias', bias.values)]);
    return withActivation(context, step, { ...input, name: y });
  }
  const { values, shape } = transposed(kernel!, [1, 0]);
  const weight = { values, shape: [...shape, ...new Array<number>(input.rank - 2).fill(1)] };
  const y = convolution(context, step, context.channelsSecond(input), {
    weight,
    name: 'kernel',
    bias,
    pointwise: true,
  });
  return withActivation(context, step, y);
};

const neverNegative = new Set<unknown>(['relu', 'relu6', 'sigmoid', 'softplus', 'softmax', 'hardSigmoid']);

/**
 * Padding in front of max pooling. ONNX Runtime makes one node of the two, which pads by −∞ instead of 0: the same only
 * where nothing is negative. Elsewhere something between them, which changes no number, keeps them apart.
 */
function apart(context: LayerContext, padding: LayerStep, padded: Value): Value {
  const before = padding.inputs[0].step?.layer;
  const activation = before?.getConfig().activation;
  return before?.getClassName() === 'ReLU' || neverNegative.has(activation)
    ? padded
    : context.each('Max', padded, [context.builder.number(-Infinity)]);
}

const pool =
  (op: 'MaxPool' | 'AveragePool'): LayerExport =>
  (context, step) => {
    const config = step.layer.getConfig();
    let x = context.channelsSecond(context.input(step), config.dataFormat);
    if (op === 'MaxPool' && step.inputs[0].step?.layer.getClassName() === 'ZeroPadding2D') {
      x = apart(context, step.inputs[0].step, x);
    }
    const axes = x.rank - 2;
    const kernel = perAxis(config.poolSize, axes, 2);
    const window = {
      kernel,
      strides: perAxis(config.strides ?? config.poolSize, axes, 2),
      dilations: kernel.map(() => 1),
    };
    return context.each(op, x, [], {
      kernel_shape: kernel,
      strides: window.strides,
      ...padding(context, step, window),
    });
  };

export const windowLayers: Record<string, LayerExport> = {
  Conv1D: conv,
  Conv2D: conv,
  Conv3D: conv,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  MaxPooling1D: pool('MaxPool'),
  MaxPooling2D: pool('MaxPool'),
  MaxPooling3D: pool('MaxPool'),
  AveragePooling1D: pool('AveragePool'),
  AveragePooling2D: pool('AveragePool'),
  AveragePooling3D: pool('AveragePool'),
};
