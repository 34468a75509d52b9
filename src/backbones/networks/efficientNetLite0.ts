import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected } from '../../errors.js';
import type { BackboneDesign } from './backboneDesign.js';
import type { BackboneOptions, BackboneStage } from './backboneOptions.js';
import { buildBackbone } from './buildBackbone.js';
import { averagedClassifier } from './buildingBlocks.js';
import { residualStages } from './invertedResidual.js';
import type { ResidualStage } from './invertedResidual.js';
import { torchNaming } from '../weights/weightNaming.js';

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

/** EfficientNet (Tan & Le, ICML 2019), table 1, without squeeze-and-excitation and with ReLU6: the "lite" series. */
const table: readonly ResidualStage[] = [
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 1, channels: 16 },
  { repeats: 2, kernelSize: 3, strides: 2, expansion: 6, channels: 24 },
  { repeats: 2, kernelSize: 5, strides: 2, expansion: 6, channels: 40 },
  { repeats: 3, kernelSize: 3, strides: 2, expansion: 6, channels: 80 },
  { repeats: 3, kernelSize: 5, strides: 1, expansion: 6, channels: 112 },
  { repeats: 4, kernelSize: 5, strides: 2, expansion: 6, channels: 192 },
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 6, channels: 320 },
];
const network = residualStages(32, table, 1280);

/** The stages of `efficientNetLite0`, first to last; each is also the name of the layer that ends it. */
export const efficientNetLite0Stages: readonly BackboneStage[] = network.stages;

export function efficientNetLite0Design(variant: 'tensorflow' | 'timm'): BackboneDesign {
  return {
    ...network,
    name: 'efficientNetLite0',
    last: 'head',
    drawClassifier: (context, features, classes) => averagedClassifier(context, features, classes, 'classifier'),
    classifierPrefix: 'classifier',
    classes: 1000,
    epsilon: variant === 'tensorflow' ? 1e-3 : 1e-5,
    padding: variant === 'tensorflow' ? 'same' : 'symmetric',
    namings: [torchNaming('timm')],
  };
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
  checkKeys(options, 'weights stages inputShape include classes batchNorm variant', 'efficientNetLite0');
  const variant = options.variant ?? 'tensorflow';
  if (variant !== 'tensorflow' && variant !== 'timm') {
    throw expected('variant for efficientNetLite0', `'tensorflow' or 'timm'`, variant);
  }
  return buildBackbone(efficientNetLite0Design(variant), options);
}
