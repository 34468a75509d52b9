import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkKeys, expected } from '../../errors.js';
import { AdaptiveAveragePooling2D } from './adaptiveAveragePooling.js';
import { FieldOfView } from './backboneDesign.js';
import type { BackboneDesign } from './backboneDesign.js';
import type { BackboneOptions, BackboneStage } from './backboneOptions.js';
import { buildBackbone } from './buildBackbone.js';
import { apply, convolutionUnit, linearUnit } from './buildingBlocks.js';
import type { BlockContext } from './buildingBlocks.js';
import { layersNaming, torchNaming } from '../weights/weightNaming.js';

const hiddenLayers: Record<string, string> = {
  'classifier.0': 'pre_logits.fc1',
  'classifier.3': 'pre_logits.fc2',
  'classifier.6': 'head.fc',
};

/** timm's name of a tensor of torchvision's VGG: only the fully connected layers are called differently. */
function timmVggName(name: string): string {
  const [, module, part] = /^(classifier\.\d)\.(\w+)$/.exec(name) ?? [];
  return module in hiddenLayers ? `${hiddenLayers[module]}.${part}` : name;
}

const kerasLayers: Record<string, string> = {
  block1_prepool: 'block1_conv2',
  block2_prepool: 'block2_conv2',
  block3_prepool: 'block3_conv3',
  block4_prepool: 'block4_conv3',
  block5_prepool: 'block5_conv3',
  fc6: 'fc1',
  fc7: 'fc2',
  classifier: 'predictions',
};

/** keras.applications' VGG16, whose fully connected layers flatten rows, columns, channels as TensorFlow has them. */
const kerasVgg16Naming = layersNaming('Keras', false, ({ unit }) => kerasLayers[unit] ?? unit);

/** `BackboneOptions`, and how pooling treats a last odd row or column. */
export interface VggOptions extends BackboneOptions {
  /**
   * `false`: it is left out (torchvision, Keras: maps of size / 2 rounded down). `true`: it makes a region of its own
   * (the original Caffe and Torch7 networks, WELDON's table of scales: rounded up). At 224 they are the same.
   * Default `false`.
   */
  ceilMode?: boolean;
}

/** Channels and convolutions of each block: configuration D of Simonyan & Zisserman, ICLR 2015, table 1. */
const blocks = [
  { channels: 64, convolutions: 2 },
  { channels: 128, convolutions: 2 },
  { channels: 256, convolutions: 3 },
  { channels: 512, convolutions: 3 },
  { channels: 512, convolutions: 3 },
];
const hidden = 4096;
/** Rows and columns of the maps that the fully connected layers take. */
const side = 7;

/** torchvision numbers convolutions, norms, ReLUs and poolings through; these are a block's convolutions. */
function placesOf(block: number, norm: boolean): number[] {
  const step = norm ? 3 : 2;
  const start = blocks.slice(0, block).reduce((place, { convolutions }) => place + convolutions * step + 1, 0);
  return Array.from({ length: blocks[block].convolutions }, (_, i) => start + i * step);
}

function drawConvolutions(context: BlockContext, input: SymbolicTensor, block: number, norm: boolean): SymbolicTensor {
  const { channels, convolutions } = blocks[block];
  const name = `block${block + 1}`;
  return placesOf(block, norm).reduce(
    (x, place, i) =>
      convolutionUnit(context, x, {
        name: i === convolutions - 1 ? `${name}_prepool` : `${name}_conv${i + 1}`,
        filters: channels,
        kernelSize: 3,
        prefix: `features.${place}`,
        norm: norm ? `features.${place + 1}` : undefined,
        bias: true,
        activation: 'relu',
      }),
    input,
  );
}

/** TensorFlow's `'same'` pooling of 2×2 leaves out what is beyond the last row and column: that is ceil mode. */
function drawPooling(input: SymbolicTensor, block: number, ceilMode: boolean): SymbolicTensor {
  const padding = ceilMode ? 'same' : 'valid';
  return apply(tfl.layers.maxPooling2d({ name: `block${block + 1}`, poolSize: 2, strides: 2, padding }), input);
}

function drawClassifier(context: BlockContext, features: SymbolicTensor, classes: number): SymbolicTensor {
  const fits = features.shape[1] === side && features.shape[2] === side;
  const maps = fits ? features : apply(new AdaptiveAveragePooling2D({ name: 'avgpool', size: [side, side] }), features);
  const flat = apply(tfl.layers.flatten({ name: 'flatten' }), maps);
  const fc6 = linearUnit(context, flat, {
    name: 'fc6',
    units: hidden,
    prefix: 'classifier.0',
    activation: 'relu',
    grid: [side, side],
  });
  const fc7 = linearUnit(context, fc6, { name: 'fc7', units: hidden, prefix: 'classifier.3', activation: 'relu' });
  return linearUnit(context, fc7, { name: 'classifier', units: classes, prefix: 'classifier.6' });
}

function describeStages(): BackboneStage[] {
  const field = new FieldOfView();
  const stages = blocks.flatMap(({ channels, convolutions }, block) => {
    for (let i = 0; i < convolutions; i++) {
      field.window(3);
    }
    return [
      field.stage(`block${block + 1}_prepool`, channels),
      field.window(2, 2).stage(`block${block + 1}`, channels),
    ];
  });
  return [...stages, field.window(side).stage('fc6', hidden), field.stage('fc7', hidden)];
}

export function vgg16Design(norm: boolean, ceilMode: boolean): BackboneDesign {
  return {
    name: norm ? 'vgg16bn' : 'vgg16',
    stages: describeStages(),
    draw: [
      ...blocks.flatMap((_, block) => [
        (context: BlockContext, input: SymbolicTensor) => drawConvolutions(context, input, block, norm),
        (_context: BlockContext, input: SymbolicTensor) => drawPooling(input, block, ceilMode),
      ]),
      (context, input) =>
        convolutionUnit(context, input, {
          name: 'fc6',
          filters: hidden,
          kernelSize: side,
          padding: 'valid',
          prefix: 'classifier.0',
          bias: true,
          activation: 'relu',
        }),
      (context, input) =>
        convolutionUnit(context, input, {
          name: 'fc7',
          filters: hidden,
          kernelSize: 1,
          prefix: 'classifier.3',
          bias: true,
          activation: 'relu',
        }),
    ],
    last: 'block5',
    drawClassifier,
    classifierPrefix: 'classifier.6',
    classes: 1000,
    epsilon: 1e-5,
    padding: 'symmetric',
    namings: [torchNaming('torchvision'), torchNaming('timm', timmVggName), ...(norm ? [] : [kerasVgg16Naming])],
  };
}

function checkCeilMode(owner: string, ceilMode: unknown): boolean {
  if (ceilMode !== undefined && typeof ceilMode !== 'boolean') {
    throw expected(`ceilMode for ${owner}`, 'true or false', ceilMode);
  }
  return ceilMode ?? false;
}

/**
 * VGG-16, 138 357 544 parameters, as a LayersModel: `[batch, height, width, 3]` of any size, RGB as (pixel / 255 −
 * mean) / deviation with ImageNet's means and deviations (see `listBackbones`; Keras's weights want BGR minus means),
 * to feature maps or to the logits `[batch, classes]` (no softmax; the dropout between the fully connected layers, the
 * identity outside training, is left out).
 *
 * Stages, which are names of layers too, for blocks 1 to 5: `block1_prepool` … (the block's last ReLU, strides 1 to
 * 16) and `block1` … (behind its max pooling, strides 2 to 32; `block5` is the default); then `fc6` and `fc7`, the
 * fully connected layers as 7×7 and 1×1 convolutions, each of whose regions sees 404 pixels.
 *
 * At other sizes than 224 the classifier averages the maps of `block5` to 7×7 regions as torchvision's adaptive
 * pooling does; `convolutionalize` leaves that out, so that larger images give more regions.
 *
 * Weights go by torchvision's, timm's or Keras's names.
 *
 * @throws WeldonError for an option out of range, and for weights with missing, mis-shaped or, with
 * `include: 'classifier'`, unexpected tensors; then no model is left behind
 *
 * @example
 * // WELDON's own features: 8 × 8 regions of 4096 channels at 448 pixels
 * const features = await vgg16({ weights, stages: 'fc6', ceilMode: true });
 *
 * Source: Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
 */
export async function vgg16(options: VggOptions = {}): Promise<tfl.LayersModel> {
  checkKeys(options, 'weights stages inputShape include classes batchNorm ceilMode', 'vgg16');
  return buildBackbone(vgg16Design(false, checkCeilMode('vgg16', options.ceilMode)), options);
}

/**
 * VGG-16 with batch normalisation, 138 365 992 parameters, under torchvision's or timm's names; otherwise as
 * {@link vgg16}.
 */
export async function vgg16bn(options: VggOptions = {}): Promise<tfl.LayersModel> {
  checkKeys(options, 'weights stages inputShape include classes batchNorm ceilMode', 'vgg16bn');
  return buildBackbone(vgg16Design(true, checkCeilMode('vgg16bn', options.ceilMode)), options);
}
