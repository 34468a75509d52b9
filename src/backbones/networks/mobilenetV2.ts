import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected } from '../../errors.js';
import type { BackboneDesign } from './backboneDesign.js';
import type { BackboneOptions } from './backboneOptions.js';
import { buildBackbone } from './buildBackbone.js';
import { averagedClassifier } from './buildingBlocks.js';
import { residualStages } from './invertedResidual.js';
import type { ResidualStage } from './invertedResidual.js';
import { kerasMobilenetV2Naming, torchvisionMobilenetV2Name } from '../weights/mobilenetV2Names.js';
import { torchNaming } from '../weights/weightNaming.js';

/** `BackboneOptions`, the width, and which of the published networks. */
export interface MobilenetV2Options extends BackboneOptions {
  /** Factor on the channels, > 0: 0.35, 0.5, 0.75, 1, 1.4. Default 1. */
  alpha?: number;
  /**
   * - `'pytorch'`: symmetric padding, batch-norm ε 1e-5: torchvision's and timm's weights;
   * - `'tensorflow'`: TensorFlow's `'same'` padding, ε 1e-3: Google's own and Keras's weights, which want RGB as
   *   pixel / 127.5 − 1.
   *
   * Default `'pytorch'`.
   */
  variant?: 'pytorch' | 'tensorflow';
}

/** Sandler et al., CVPR 2018, table 2. */
const table: readonly ResidualStage[] = [
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 1, channels: 16 },
  { repeats: 2, kernelSize: 3, strides: 2, expansion: 6, channels: 24 },
  { repeats: 3, kernelSize: 3, strides: 2, expansion: 6, channels: 32 },
  { repeats: 4, kernelSize: 3, strides: 2, expansion: 6, channels: 64 },
  { repeats: 3, kernelSize: 3, strides: 1, expansion: 6, channels: 96 },
  { repeats: 3, kernelSize: 3, strides: 2, expansion: 6, channels: 160 },
  { repeats: 1, kernelSize: 3, strides: 1, expansion: 6, channels: 320 },
];

/** To the nearest multiple of 8, but never below nine tenths, as every published implementation rounds. */
export function scaledChannels(channels: number, alpha: number): number {
  const exact = channels * alpha;
  const rounded = Math.max(8, Math.floor((exact + 4) / 8) * 8);
  return rounded < 0.9 * exact ? rounded + 8 : rounded;
}

export function mobilenetV2Design(alpha = 1, variant: 'pytorch' | 'tensorflow' = 'pytorch'): BackboneDesign {
  const stages = table.map((stage) => ({ ...stage, channels: scaledChannels(stage.channels, alpha) }));
  return {
    ...residualStages(scaledChannels(32, alpha), stages, scaledChannels(1280, Math.max(1, alpha))),
    name: 'mobilenetV2',
    last: 'head',
    drawClassifier: (context, features, classes) => averagedClassifier(context, features, classes, 'classifier'),
    classifierPrefix: 'classifier',
    classes: 1000,
    epsilon: variant === 'tensorflow' ? 1e-3 : 1e-5,
    padding: variant === 'tensorflow' ? 'same' : 'symmetric',
    namings: [torchNaming('torchvision', torchvisionMobilenetV2Name), torchNaming('timm'), kerasMobilenetV2Naming],
  };
}

/**
 * MobileNetV2 (3 504 872 parameters at `alpha: 1`) as a LayersModel: `[batch, height, width, 3]` of any size, RGB
 * scaled as the weights want it (see `variant` and `listBackbones`), to feature maps at stride 32 (`head`, 1280
 * channels), to any earlier stage, or to the logits `[batch, classes]` (no softmax; the dropout before the classifier,
 * the identity outside training, is left out).
 *
 * Stages, which are names of layers too: `stem`, `stage1` (stride 2), `stage2` (4), `stage3` (8), `stage4`, `stage5`
 * (16), `stage6`, `stage7`, `head` (32). Stages 1 to 7 are linear: their outputs are negative too.
 *
 * Weights go by torchvision's (`features.0.0.weight`, …), timm's (`conv_stem.weight`, …) or Keras's names; the last
 * want `variant: 'tensorflow'`.
 *
 * @throws WeldonError for an option out of range, and for weights with missing, mis-shaped or, with
 * `include: 'classifier'`, unexpected tensors; then no model is left behind
 *
 * @example
 * const features = await mobilenetV2({ weights: await safetensors(bytes), stages: 'stage5' });
 *
 * Source: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
 */
export async function mobilenetV2(options: MobilenetV2Options = {}): Promise<tfl.LayersModel> {
  checkKeys(options, 'weights stages inputShape include classes batchNorm alpha variant', 'mobilenetV2');
  const { alpha = 1, variant = 'pytorch' } = options;
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw expected('alpha for mobilenetV2', 'a number > 0', alpha);
  }
  if (variant !== 'pytorch' && variant !== 'tensorflow') {
    throw expected('variant for mobilenetV2', `'pytorch' or 'tensorflow'`, variant);
  }
  return buildBackbone(mobilenetV2Design(alpha, variant), options);
}
