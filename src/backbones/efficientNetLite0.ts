import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expected } from '../errors.js';
import { resolveBackboneOptions } from './backboneOptions.js';
import type { BackboneOptions, BackboneStage } from './backboneOptions.js';
import { apply, classifierHead, convolutionUnit } from './buildingBlocks.js';
import type { BlockContext } from './buildingBlocks.js';
import { finishBackbone } from './finishBackbone.js';

/** `BackboneOptions`, and which of the two published networks. */
export interface EfficientNetLite0Options extends BackboneOptions {
  /**
   * - `'tensorflow'`: TensorFlow's `'same'` padding, batch-norm ε 1e-3: Google's own network, timm's
   *   `tf_efficientnet_lite0`, the weights embedded in this package;
   * - `'timm'`: symmetric padding, ε 1e-5: timm's own `efficientnet_lite0`.
   *
   * Tensor names and shapes are the same, so the wrong choice loads without complaint and answers wrongly.
   * Default `'tensorflow'`.
   */
  variant?: 'tensorflow' | 'timm';
}

interface StageDesign {
  repeats: number;
  kernelSize: number;
  strides: number;
  expansion: number;
  channels: number;
}

/** EfficientNet (Tan & Le, ICML 2019), table 1, without squeeze-and-excitation and with ReLU6: the "lite" series. */
const design: readonly StageDesign[] = [
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 1, channels: 16 },
  { repeats: 2, kernelSize: 3, strides: 2, expansion: 6, channels: 24 },
  { repeats: 2, kernelSize: 5, strides: 2, expansion: 6, channels: 40 },
  { repeats: 3, kernelSize: 3, strides: 2, expansion: 6, channels: 80 },
  { repeats: 3, kernelSize: 5, strides: 1, expansion: 6, channels: 112 },
  { repeats: 4, kernelSize: 5, strides: 2, expansion: 6, channels: 192 },
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 6, channels: 320 },
];
const stemChannels = 32;
const headChannels = 1280;

/** Strides, channels and receptive fields follow from the design: each kernel widens by (size − 1) · stride so far. */
function describeStages(): BackboneStage[] {
  let stride = 2;
  let receptiveField = 3;
  const stages: BackboneStage[] = [{ name: 'stem', stride, channels: stemChannels, receptiveField }];
  design.forEach((stage, s) => {
    for (let block = 0; block < stage.repeats; block++) {
      receptiveField += (stage.kernelSize - 1) * stride;
      stride *= block === 0 ? stage.strides : 1;
    }
    stages.push({ name: `stage${s + 1}`, stride, channels: stage.channels, receptiveField });
  });
  stages.push({ name: 'head', stride, channels: headChannels, receptiveField });
  return stages;
}

/** The stages of `efficientNetLite0`, first to last; each is also the name of the layer that ends it. */
export const efficientNetLite0Stages: readonly BackboneStage[] = describeStages();

interface BlockDesign {
  kernelSize: number;
  strides: number;
  expansion: number;
  channels: number;
  /** Start of its layers' names. */
  name: string;
  /** Name of the layer that ends it. */
  output: string;
  /** state_dict prefix. */
  prefix: string;
}

/** Expansion 1×1 → depthwise k×k → linear projection 1×1, with a shortcut where shapes allow. */
function invertedResidual(context: BlockContext, input: SymbolicTensor, block: BlockDesign): SymbolicTensor {
  const { kernelSize, strides, channels, name, output, prefix } = block;
  const inputChannels = input.shape[3] as number;
  const shortcut = strides === 1 && inputChannels === channels;
  // timm numbers a block's convolutions and norms from the first that is there.
  const [depthwiseNorm, projection, projectionNorm] =
    block.expansion === 1 ? ['bn1', 'conv_pw', 'bn2'] : ['bn2', 'conv_pwl', 'bn3'];
  let x = input;
  if (block.expansion !== 1) {
    x = convolutionUnit(context, x, {
      name: `${name}_expand`,
      filters: inputChannels * block.expansion,
      kernelSize: 1,
      prefix: `${prefix}.conv_pw`,
      norm: `${prefix}.bn1`,
      activation: 'relu6',
    });
  }
  x = convolutionUnit(context, x, {
    name: `${name}_depthwise`,
    filters: null,
    kernelSize,
    strides,
    prefix: `${prefix}.conv_dw`,
    norm: `${prefix}.${depthwiseNorm}`,
    activation: 'relu6',
  });
  x = convolutionUnit(context, x, {
    name: shortcut ? `${name}_project` : output,
    filters: channels,
    kernelSize: 1,
    prefix: `${prefix}.${projection}`,
    norm: `${prefix}.${projectionNorm}`,
  });
  return shortcut ? apply(tfl.layers.add({ name: output }), [input, x]) : x;
}

/**
 * EfficientNet-Lite0, 4 652 008 parameters, as a LayersModel: `[batch, height, width, 3]` of any size, RGB scaled to
 * about −1…1, to feature maps at stride 32 (the `head` stage, 1280 channels), to any earlier stage, or to the logits
 * `[batch, classes]` of the ImageNet classifier (global average pooling and a linear layer, no softmax; the dropout
 * before it, the identity outside training, is left out).
 *
 * Weights go by timm's tensor names (`conv_stem.weight`, `blocks.1.0.conv_pw.weight`, …). For the weights that come
 * with this package use `loadEfficientNetLite0`.
 *
 * Stages `stem`, `stage1` … `stage7`, `head` are names of layers, so `model.getLayer('stage5').output` and
 * `attachWeldon(model, {layer: 'stage5', …})` cut there (stride 16, 112 channels).
 *
 * @throws WeldonError for an option out of range, and for weights with missing, mis-shaped or, with
 * `include: 'classifier'`, unexpected tensors
 *
 * @example
 * const features = await efficientNetLite0({ weights, stages: ['stage3', 'stage5'] });
 * const [fine, coarse] = features.predict(images) as tf.Tensor4D[]; // strides 8 and 16
 *
 * Source: Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the lite
 * series after the tensorflow/tpu repository's efficientnet/lite.
 */
export async function efficientNetLite0(options: EfficientNetLite0Options = {}): Promise<tfl.LayersModel> {
  const resolved = resolveBackboneOptions('efficientNetLite0', efficientNetLite0Stages, options);
  const variant = options.variant ?? 'tensorflow';
  if (variant !== 'tensorflow' && variant !== 'timm') {
    throw expected('variant for efficientNetLite0', `'tensorflow' or 'timm'`, variant);
  }
  const context: BlockContext = {
    batchNorm: resolved.batchNorm,
    epsilon: variant === 'tensorflow' ? 1e-3 : 1e-5,
    padding: variant === 'tensorflow' ? 'same' : 'symmetric',
    weightsFollow: resolved.weights !== null,
    slots: [],
  };
  const classifier = resolved.include === 'classifier';
  const order = efficientNetLite0Stages.map(({ name }) => name);
  const last = classifier ? order.length - 1 : Math.max(...resolved.stages.map((stage) => order.indexOf(stage)));

  const input = tfl.input({ name: 'image', shape: [...resolved.inputShape] });
  const ends = new Map<string, SymbolicTensor>();
  let x = convolutionUnit(context, input, {
    name: 'stem',
    filters: stemChannels,
    kernelSize: 3,
    strides: 2,
    prefix: 'conv_stem',
    norm: 'bn1',
    activation: 'relu6',
  });
  ends.set('stem', x);
  for (let s = 0; s < design.length && s + 1 <= last; s++) {
    const stage = design[s];
    const name = `stage${s + 1}`;
    for (let block = 0; block < stage.repeats; block++) {
      const blockName = `${name}_block${block + 1}`;
      x = invertedResidual(context, x, {
        ...stage,
        strides: block === 0 ? stage.strides : 1,
        name: blockName,
        output: block === stage.repeats - 1 ? name : blockName,
        prefix: `blocks.${s}.${block}`,
      });
    }
    ends.set(name, x);
  }
  if (last === order.length - 1) {
    x = convolutionUnit(context, x, {
      name: 'head', filters: headChannels, kernelSize: 1, prefix: 'conv_head', norm: 'bn2', activation: 'relu6',
    });
    ends.set('head', x);
  }
  const outputs = classifier
    ? [classifierHead(context, x, resolved.classes, 'classifier')]
    : resolved.stages.map((stage) => ends.get(stage)!);
  return finishBackbone(
    { name: 'efficientNetLite0', input, outputs, slots: context.slots, whole: classifier },
    resolved.weights,
  );
}
