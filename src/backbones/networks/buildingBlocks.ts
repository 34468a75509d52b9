import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BatchNormMode } from './backboneOptions.js';
import { FrozenBatchNorm } from './frozenBatchNorm.js';
import { unitLayers } from '../weights/weightNaming.js';
import type { WeightSlot } from '../weights/weightSlots.js';

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
  /** Padding where no symmetric one is called for. Default `'same'`. */
  padding?: 'same' | 'valid';
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
 * Layers are named `<name>_pad`, `<name>_conv`, `<name>_norm`, except that the last one is `<name>`. A ReLU right
 * behind the convolution is part of it: TensorFlow.js fuses the two.
 * ReLU6 is a ReLU layer of its own: the convolution's `activation: 'relu6'` is not fused by TensorFlow.js 4.22 and
 * takes a broadcast minimum, which on wasm doubles the time of the whole network (139 against 76 ms at 320 pixels).
 */
export function convolutionUnit(context: BlockContext, input: SymbolicTensor, unit: ConvolutionUnit): SymbolicTensor {
  const { name, kernelSize, activation = null } = unit;
  const strides = unit.strides ?? 1;
  const normLayer = unit.norm !== undefined && context.batchNorm !== 'fold';
  const layers = unitLayers({ unit: name, activation }, normLayer);
  const explicitPadding = context.padding === 'symmetric' && strides > 1 && kernelSize > 1;
  const x = explicitPadding ? padSymmetric(input, `${name}_pad`, (kernelSize - 1) / 2) : input;
  const shared = {
    name: layers.kernel,
    kernelSize,
    strides,
    padding: explicitPadding ? ('valid' as const) : (unit.padding ?? 'same'),
    useBias: unit.bias === true || (unit.norm !== undefined && !normLayer),
    activation: layers.kernel === name && activation !== null ? ('relu' as const) : undefined,
  };
  const inputs = kernelSize ** 2 * (unit.filters === null ? 1 : (input.shape.at(-1) as number));
  // tfjs' heNormal is cut at two deviations, which leaves 0.88 of the deviation that He et al. mean.
  const initial = context.weightsFollow
    ? ('heNormal' as const)
    : tfl.initializers.randomNormal({ mean: 0, stddev: Math.sqrt(2 / inputs) });
  const layer =
    unit.filters === null
      ? tfl.layers.depthwiseConv2d({ ...shared, depthwiseInitializer: initial })
      : tfl.layers.conv2d({ ...shared, filters: unit.filters, kernelInitializer: initial });
  layer.setFastWeightInitDuringBuild(context.weightsFollow);
  const convolved = apply(layer, x);
  const norm = normLayer ? batchNorm(context, layers.norm) : null;
  const depthwise = unit.filters === null;
  context.slots.push({
    names: { unit: name, activation, depthwise, kernelPrefix: unit.prefix, normPrefix: unit.norm ?? null },
    kernel: { layer, kind: depthwise ? 'depthwise' : 'convolution', bias: unit.bias === true },
    norm: unit.norm === undefined ? null : { epsilon: context.epsilon, layer: norm },
  });
  const normalised = norm === null ? convolved : apply(norm, convolved);
  const activated = layers.kernel === name || layers.norm === name;
  return activated || activation === null ? normalised : activate(normalised, name, activation);
}

/**
 * Batch normalisation as a layer, kept or trained. In a network that starts from nothing the averages that prediction
 * takes follow with momentum 0.9, PyTorch's and the papers'; tfjs' own 0.99 leaves half of the first ones after 60
 * steps. Trained ones keep it: theirs have arrived.
 */
function batchNorm(context: BlockContext, name: string): tfl.layers.Layer {
  const config = { name, epsilon: context.epsilon };
  return context.batchNorm === 'train'
    ? tfl.layers.batchNormalization(context.weightsFollow ? config : { ...config, momentum: 0.9 })
    : new FrozenBatchNorm(config);
}

/**
 * Batch normalisation and ReLU before a convolution, as pre-activation networks have them: `<name>_norm`, `<name>`.
 * There is no convolution to fold it into, so `'fold'` keeps it as a fixed scale and shift.
 *
 * @param prefix state_dict prefix of the batch normalisation
 */
export function preActivation(
  context: BlockContext,
  input: SymbolicTensor,
  name: string,
  prefix: string,
): SymbolicTensor {
  const layer = batchNorm(context, unitLayers({ unit: name, activation: 'relu' }, true).norm);
  context.slots.push({
    names: { unit: name, activation: 'relu', depthwise: false, kernelPrefix: null, normPrefix: prefix },
    kernel: null,
    norm: { epsilon: context.epsilon, layer },
  });
  return activate(apply(layer, input), name, 'relu');
}

/** Zeros on every side; exact before max pooling too, where all values are the outputs of a ReLU. */
export function padSymmetric(input: SymbolicTensor, name: string, side: number): SymbolicTensor {
  return apply(
    tfl.layers.zeroPadding2d({
      name,
      padding: [
        [side, side],
        [side, side],
      ],
    }),
    input,
  );
}

/** ReLU or ReLU6 as a layer. */
export function activate(input: SymbolicTensor, name: string, activation: 'relu' | 'relu6'): SymbolicTensor {
  return apply(tfl.layers.reLU(activation === 'relu6' ? { name, maxValue: 6 } : { name }), input);
}

/** What a linear layer on a vector may have besides its size. */
export interface LinearUnit {
  name: string;
  units: number;
  /** state_dict prefix. */
  prefix: string;
  activation?: 'relu';
  /** Rows and columns of the maps that were flattened before it. */
  grid?: readonly [rows: number, columns: number];
}

/** `[batch, inputs]` → `[batch, units]`, with a bias. */
export function linearUnit(context: BlockContext, input: SymbolicTensor, unit: LinearUnit): SymbolicTensor {
  const { name, units, prefix, activation, grid } = unit;
  const layer = tfl.layers.dense({ name, units, activation, kernelInitializer: 'glorotUniform' });
  layer.setFastWeightInitDuringBuild(context.weightsFollow);
  const output = apply(layer, input);
  context.slots.push({
    names: { unit: name, activation: activation ?? null, depthwise: false, kernelPrefix: prefix, normPrefix: null },
    kernel: { layer, kind: 'dense', bias: true, grid },
    norm: null,
  });
  return output;
}

/** Global average pooling, then a linear layer: `[batch, rows, columns, depth]` → logits `[batch, classes]`. */
export function averagedClassifier(
  context: BlockContext,
  input: SymbolicTensor,
  classes: number,
  prefix: string,
): SymbolicTensor {
  const pooled = apply(tfl.layers.globalAveragePooling2d({ name: 'pool' }), input);
  return linearUnit(context, pooled, { name: 'classifier', units: classes, prefix });
}
