import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BackboneDesign } from './backboneDesign.js';
import { FieldOfView } from './backboneDesign.js';
import type { BackboneOptions } from './backboneOptions.js';
import { buildBackbone } from './buildBackbone.js';
import { activate, apply, averagedClassifier, convolutionUnit, padSymmetric } from './buildingBlocks.js';
import type { BlockContext } from './buildingBlocks.js';
import { torchNaming } from '../weights/weightNaming.js';
import { checkBlockTraining, survivingBranch } from './stochasticDepth.js';
import type { BlockTraining } from './stochasticDepth.js';
import { checkKeys } from '../../errors.js';

/** One member of the family. */
interface ResnetSize {
  name: string;
  /** Blocks in each of the four layers. */
  blocks: readonly [number, number, number, number];
  /** Two 3×3 convolutions (`basic`), or 1×1, 3×3, 1×1 with four times the channels at the end (`bottleneck`). */
  block: 'basic' | 'bottleneck';
  /** Channels of 3×3 convolutions (all of a basic block's), as a multiple of the usual 64, 128, 256, 512. */
  width: number;
}

interface ResidualBlock {
  name: string;
  /** state_dict prefix. */
  prefix: string;
  /** Channels of its 3×3 convolutions, before widening. */
  planes: number;
  strides: number;
  survive(branch: SymbolicTensor): SymbolicTensor;
}

/** The branch of a block: its convolutions up to the sum, all but the last with ReLU. */
function drawBranch(
  context: BlockContext,
  input: SymbolicTensor,
  size: ResnetSize,
  block: ResidualBlock,
): SymbolicTensor {
  const { planes, strides } = block;
  const middle = planes * size.width;
  // The stride is at the 3×3 convolution, as torchvision and timm have it; the paper's is at the first 1×1.
  const convolutions =
    size.block === 'basic'
      ? [
          { filters: middle, kernelSize: 3, strides },
          { filters: middle, kernelSize: 3, strides: 1 },
        ]
      : [
          { filters: middle, kernelSize: 1, strides: 1 },
          { filters: middle, kernelSize: 3, strides },
          { filters: 4 * planes, kernelSize: 1, strides: 1 },
        ];
  return convolutions.reduce(
    (x, convolution, i) =>
      convolutionUnit(context, x, {
        ...convolution,
        name: `${block.name}_conv${i + 1}`,
        prefix: `${block.prefix}.conv${i + 1}`,
        norm: `${block.prefix}.bn${i + 1}`,
        activation: i < convolutions.length - 1 ? 'relu' : undefined,
      }),
    input,
  );
}

/** ReLU(branch + shortcut); the shortcut is a 1×1 convolution where the shape changes. */
function drawBlock(
  context: BlockContext,
  input: SymbolicTensor,
  size: ResnetSize,
  block: ResidualBlock,
  output: string,
): SymbolicTensor {
  const branch = drawBranch(context, input, size, block);
  const channels = branch.shape[3] as number;
  const shortcut =
    block.strides === 1 && input.shape[3] === channels
      ? input
      : convolutionUnit(context, input, {
          name: `${block.name}_shortcut`,
          filters: channels,
          kernelSize: 1,
          strides: block.strides,
          prefix: `${block.prefix}.downsample.0`,
          norm: `${block.prefix}.downsample.1`,
        });
  return activate(apply(tfl.layers.add({ name: `${output}_sum` }), [block.survive(branch), shortcut]), output, 'relu');
}

function drawLayer(
  context: BlockContext,
  input: SymbolicTensor,
  size: ResnetSize,
  index: number,
  training: BlockTraining,
): SymbolicTensor {
  const before = size.blocks.slice(0, index).reduce((sum, count) => sum + count, 0);
  const blocks = size.blocks.reduce((sum, count) => sum + count, 0);
  const name = `layer${index + 1}`;
  const count = size.blocks[index];
  let x = input;
  for (let b = 0; b < count; b++) {
    const block = {
      name: `${name}_block${b + 1}`,
      prefix: `${name}.${b}`,
      planes: 64 * 2 ** index,
      strides: b === 0 && index > 0 ? 2 : 1,
      survive: (branch: SymbolicTensor) =>
        survivingBranch(branch, `${name}_block${b + 1}`, { block: before + b, blocks }, training),
    };
    x = drawBlock(context, x, size, block, b === count - 1 ? name : block.name);
  }
  return x;
}

/** He et al., CVPR 2016, table 1; wide ones after Zagoruyko & Komodakis, BMVC 2016. */
function resnetDesign(size: ResnetSize, training: BlockTraining = {}): BackboneDesign {
  const field = new FieldOfView();
  const stages = [field.window(7, 2).stage('relu1', 64), field.window(3, 2).stage('stem', 64)];
  size.blocks.forEach((count, index) => {
    for (let b = 0; b < count; b++) {
      field.window(3, b === 0 && index > 0 ? 2 : 1).window(size.block === 'basic' ? 3 : 1);
    }
    stages.push(field.stage(`layer${index + 1}`, 64 * 2 ** index * (size.block === 'basic' ? size.width : 4)));
  });
  return {
    name: size.name,
    stages,
    draw: [
      (context, image) =>
        convolutionUnit(context, image, {
          name: 'relu1',
          filters: 64,
          kernelSize: 7,
          strides: 2,
          prefix: 'conv1',
          norm: 'bn1',
          activation: 'relu',
        }),
      (_, relu1) =>
        apply(
          tfl.layers.maxPooling2d({ name: 'stem', poolSize: 3, strides: 2, padding: 'valid' }),
          padSymmetric(relu1, 'stem_pad', 1),
        ),
      ...size.blocks.map(
        (_, index) => (context: BlockContext, input: SymbolicTensor) =>
          drawLayer(context, input, size, index, training),
      ),
    ],
    last: 'layer4',
    drawClassifier: (context, features, classes) => averagedClassifier(context, features, classes, 'fc'),
    classifierPrefix: 'fc',
    classes: 1000,
    epsilon: 1e-5,
    padding: 'symmetric',
    namings: [torchNaming('torchvision and timm')],
  };
}

const sizes: readonly ResnetSize[] = [
  { name: 'resnet18', blocks: [2, 2, 2, 2], block: 'basic', width: 1 },
  { name: 'resnet34', blocks: [3, 4, 6, 3], block: 'basic', width: 1 },
  { name: 'resnet50', blocks: [3, 4, 6, 3], block: 'bottleneck', width: 1 },
  { name: 'resnet101', blocks: [3, 4, 23, 3], block: 'bottleneck', width: 1 },
  { name: 'resnet152', blocks: [3, 8, 36, 3], block: 'bottleneck', width: 1 },
  { name: 'wideResnet34_2', blocks: [3, 4, 6, 3], block: 'basic', width: 2 },
  { name: 'wideResnet50_2', blocks: [3, 4, 6, 3], block: 'bottleneck', width: 2 },
  { name: 'wideResnet101_2', blocks: [3, 4, 23, 3], block: 'bottleneck', width: 2 },
];

/** The family's designs, by the builders' names. */
export const resnetDesigns: ReadonlyMap<string, BackboneDesign> = new Map(
  sizes.map((size) => [size.name, resnetDesign(size)]),
);

/** The design of that name with its blocks dropped in training. */
export function trainedResnetDesign(name: string, training: BlockTraining): BackboneDesign {
  checkBlockTraining(name, training);
  return resnetDesign(sizes.find((size) => size.name === name) as ResnetSize, training);
}

/** `BackboneOptions`, and what happens in blocks while training. */
export interface ResnetOptions extends BackboneOptions, BlockTraining {}

async function build(name: string, options: ResnetOptions): Promise<tfl.LayersModel> {
  checkKeys(options, 'weights stages inputShape include classes batchNorm survival seed', name);
  return buildBackbone(trainedResnetDesign(name, options), options, options.seed);
}

/**
 * ResNet-50, 25 557 032 parameters, as a LayersModel: `[batch, height, width, 3]` of any size, RGB as (pixel / 255 −
 * mean) / deviation with ImageNet's means and deviations (see `listBackbones`), to feature maps at stride 32
 * (`layer4`, 2048 channels), to any earlier stage, or to the logits `[batch, classes]` (no softmax).
 *
 * Stages, which are names of layers too: `relu1` (stride 2), `stem` (behind the max pooling, 4), `layer1` (4),
 * `layer2` (8), `layer3` (16), `layer4` (32).
 *
 * Padding is symmetric as in PyTorch, by layers of its own where strides call for it, so every backend gives the same.
 * The stride of a bottleneck is at its 3×3 convolution ("v1.5"). Weights go by torchvision's names, which are timm's.
 * Keras's ResNet-50 is another network (the stride at the first 1×1, biases) and does not fit.
 *
 * @throws WeldonError for an option out of range, and for weights with missing, mis-shaped or, with
 * `include: 'classifier'`, unexpected tensors; then no model is left behind
 *
 * To be trained it takes stochastic depth: `survival`, and a `seed`; see `wideResnet`.
 *
 * @example
 * const weights = await safetensors('https://example.org/resnet50.safetensors');
 * const features = await resnet50({ weights, stages: ['layer3', 'layer4'], batchNorm: 'freeze' });
 *
 * Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
 */
export async function resnet50(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('resnet50', options);
}

/** ResNet-18, 11 689 512 parameters, 512 channels at stride 32; otherwise as {@link resnet50}. */
export async function resnet18(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('resnet18', options);
}

/** ResNet-34, 21 797 672 parameters, 512 channels at stride 32; otherwise as {@link resnet50}. */
export async function resnet34(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('resnet34', options);
}

/** ResNet-101, 44 549 160 parameters, 2048 channels at stride 32; otherwise as {@link resnet50}. */
export async function resnet101(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('resnet101', options);
}

/** ResNet-152, 60 192 808 parameters, 2048 channels at stride 32; otherwise as {@link resnet50}. */
export async function resnet152(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('resnet152', options);
}

/**
 * Wide ResNet-34-2, 86 036 008 parameters: ResNet-34, blocks without bottleneck, with twice the channels in all of them,
 * 1024 at stride 32; otherwise as {@link resnet50}. Weights go by torchvision's names.
 *
 * Source: Zagoruyko, Komodakis, "Wide Residual Networks", BMVC 2016.
 */
export async function wideResnet34_2(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('wideResnet34_2', options);
}

/**
 * Wide ResNet-50-2, 68 883 240 parameters: ResNet-50 with twice the channels inside its bottlenecks; otherwise as
 * {@link resnet50}.
 *
 * Source: Zagoruyko, Komodakis, "Wide Residual Networks", BMVC 2016.
 */
export async function wideResnet50_2(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('wideResnet50_2', options);
}

/** Wide ResNet-101-2, 126 886 696 parameters; otherwise as {@link wideResnet50_2}. */
export async function wideResnet101_2(options: ResnetOptions = {}): Promise<tfl.LayersModel> {
  return build('wideResnet101_2', options);
}
