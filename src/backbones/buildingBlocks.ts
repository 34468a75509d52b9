import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BatchNormMode } from './backboneOptions.js';
import { FrozenBatchNorm } from './frozenBatchNorm.js';
import type { WeightSlot } from './weightSlots.js';

/** What all blocks of one network share, and the list they write their weight slots to. */
export interface BlockContext {
  batchNorm: BatchNormMode;
  epsilon: number;
  /**
   * Padding of convolutions: TensorFlow's `'same'`, which with stride 2 puts the odd row and column at the bottom
   * right, or `'symmetric'`, PyTorch's (kernel − 1) / 2 on every side. The two differ only where the stride is not 1.
   */
  padding: 'same' | 'symmetric';
  /** The weights are filled in later, so the costly random initial values are left out. */
  weightsFollow: boolean;
  slots: WeightSlot[];
}

/** One convolution with what follows it; the last layer of the unit, whichever it is, bears the unit's name. */
export interface ConvolutionUnit {
  name: string;
  /** Output channels; `null` for a depthwise convolution, which keeps its input's. */
  filters: number | null;
  kernelSize: number;
  strides?: number;
  /** state_dict prefix of the convolution, for example `blocks.1.0.conv_pw`. */
  prefix: string;
  /** state_dict prefix of the batch normalisation behind it, if there is one. */
  norm?: string;
  /** The convolution has a bias of its own. Default false. */
  bias?: boolean;
  /** Default: none, a linear output. */
  activation?: 'relu' | 'relu6';
}

/** Applies a layer to one symbolic tensor. */
export function apply(layer: tfl.layers.Layer, input: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(input) as SymbolicTensor;
}

/**
 * convolution → batch normalisation (unless folded) → activation.
 *
 * Layers are named `<name>_pad`, `<name>_conv`, `<name>_norm`, except that the last one is `<name>`.
 * ReLU6 is a ReLU layer of its own: the convolution's `activation: 'relu6'` is not fused by TensorFlow.js 4.22 and
 * takes a broadcast minimum, which on wasm doubles the time of the whole network (139 against 76 ms at 320 pixels).
 */
export function convolutionUnit(context: BlockContext, input: SymbolicTensor, unit: ConvolutionUnit): SymbolicTensor {
  const { name, kernelSize, activation } = unit;
  const strides = unit.strides ?? 1;
  const normLayer = unit.norm !== undefined && context.batchNorm !== 'fold';
  const explicitPadding = context.padding === 'symmetric' && strides > 1 && kernelSize > 1;
  let x = input;
  if (explicitPadding) {
    const side = (kernelSize - 1) / 2;
    x = apply(tfl.layers.zeroPadding2d({ name: `${name}_pad`, padding: [[side, side], [side, side]] }), x);
  }
  const shared = {
    name: normLayer || activation !== undefined ? `${name}_conv` : name,
    kernelSize,
    strides,
    padding: explicitPadding ? 'valid' as const : 'same' as const,
    useBias: unit.bias === true || (unit.norm !== undefined && !normLayer),
  };
  const layer = unit.filters === null
    ? tfl.layers.depthwiseConv2d({ ...shared, depthwiseInitializer: 'heNormal' })
    : tfl.layers.conv2d({ ...shared, filters: unit.filters, kernelInitializer: 'heNormal' });
  layer.setFastWeightInitDuringBuild(context.weightsFollow);
  x = apply(layer, x);
  const slot: WeightSlot = {
    layer,
    kind: unit.filters === null ? 'depthwise' : 'convolution',
    prefix: unit.prefix,
    bias: unit.bias === true,
    norm: unit.norm === undefined ? null : { prefix: unit.norm, epsilon: context.epsilon, layer: null },
  };
  context.slots.push(slot);
  if (normLayer) {
    const config = { name: activation === undefined ? name : `${name}_norm`, epsilon: context.epsilon };
    const norm = context.batchNorm === 'train' ? tfl.layers.batchNormalization(config) : new FrozenBatchNorm(config);
    slot.norm!.layer = norm;
    x = apply(norm, x);
  }
  return activation === undefined ? x : activate(x, name, activation);
}

/** ReLU or ReLU6 as a layer. */
export function activate(input: SymbolicTensor, name: string, activation: 'relu' | 'relu6'): SymbolicTensor {
  return apply(tfl.layers.reLU(activation === 'relu6' ? { name, maxValue: 6 } : { name }), input);
}

/** Global average pooling, then a linear layer: `[batch, rows, columns, depth]` → logits `[batch, classes]`. */
export function classifierHead(
  context: BlockContext, input: SymbolicTensor, classes: number, prefix: string,
): SymbolicTensor {
  const pooled = apply(tfl.layers.globalAveragePooling2d({ name: 'pool' }), input);
  const layer = tfl.layers.dense({ name: 'classifier', units: classes, kernelInitializer: 'glorotUniform' });
  layer.setFastWeightInitDuringBuild(context.weightsFollow);
  const logits = apply(layer, pooled);
  context.slots.push({ layer, kind: 'dense', prefix, bias: true, norm: null });
  return logits;
}
