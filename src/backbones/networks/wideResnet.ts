import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkKeys, expected } from '../../errors.js';
import { seededDropout } from '../../layers/index.js';
import { mixSeeds } from '../../random.js';
import { FieldOfView } from './backboneDesign.js';
import type { BackboneDesign } from './backboneDesign.js';
import type { BackboneOptions } from './backboneOptions.js';
import { buildBackbone } from './buildBackbone.js';
import { apply, averagedClassifier, convolutionUnit, preActivation } from './buildingBlocks.js';
import type { BlockContext } from './buildingBlocks.js';
import { checkBlockTraining, survivingBranch } from './stochasticDepth.js';
import type { BlockTraining } from './stochasticDepth.js';
import { torchNaming } from '../weights/weightNaming.js';

const modules: Record<string, string> = {
  bn1: 'bn0',
  conv1: 'conv0',
  bn2: 'bn1',
  conv2: 'conv1',
  convShortcut: 'convdim',
};

/**
 * The name of a tensor in the authors' PyTorch code, for example `block1.layer.0.conv1.weight` →
 * `group0.block0.conv0`: groups, norms and convolutions count from 0, and convolutions have no `.weight`.
 */
function authorsWideResnetName(name: string): string {
  const withoutWeight = (module: string, part: string) => (module.startsWith('conv') ? module : `${module}.${part}`);
  const inBlock = /^block(\d)\.layer\.(\d+)\.(\w+)\.(\w+)$/.exec(name);
  if (inBlock !== null) {
    const [, group, block, module, part] = inBlock;
    return `group${Number(group) - 1}.block${block}.${withoutWeight(modules[module] ?? module, part)}`;
  }
  return name.replace(/^conv1\.weight$/, 'conv0').replace(/^bn1\./, 'bn.');
}

/** What makes one network of the family. */
export interface WideResnetSize extends BlockTraining {
  /** Convolutions on the way, 6n + 4: 10, 16, 22, 28, 34, 40 … Default 28. */
  depth?: number;
  /** Factor on the channels 16, 32, 64 of the three groups, an integer >= 1. Default 10. */
  width?: number;
  /** Rate of the dropout between a block's convolutions while training, 0 <= rate < 1. Default 0, none. */
  dropout?: number;
}

/** `BackboneOptions`, and the size. */
export interface WideResnetOptions extends BackboneOptions, WideResnetSize {}

interface PreActivationBlock {
  name: string;
  /** Name of the layer that ends it. */
  output: string;
  /** state_dict prefix. */
  prefix: string;
  channels: number;
  strides: number;
  dropout: number;
  seed?: number;
  survive(branch: SymbolicTensor): SymbolicTensor;
}

/** Convolutions behind batch norm and ReLU; a projection reads what was activated, the identity the raw input. */
function drawBlock(context: BlockContext, input: SymbolicTensor, block: PreActivationBlock): SymbolicTensor {
  const { name, prefix, channels, strides, dropout, seed } = block;
  const activated = preActivation(context, input, `${name}_relu1`, `${prefix}.bn1`);
  const middle = convolutionUnit(context, activated, {
    name: `${name}_conv1`,
    filters: channels,
    kernelSize: 3,
    strides,
    prefix: `${prefix}.conv1`,
    norm: `${prefix}.bn2`,
    activation: 'relu',
  });
  const dropped = dropout > 0 ? apply(seededDropout({ name: `${name}_dropout`, rate: dropout, seed }), middle) : middle;
  const branch = convolutionUnit(context, dropped, {
    name: `${name}_conv2`,
    filters: channels,
    kernelSize: 3,
    prefix: `${prefix}.conv2`,
  });
  const shortcut =
    input.shape[3] === channels
      ? input
      : convolutionUnit(context, activated, {
          name: `${name}_shortcut`,
          filters: channels,
          kernelSize: 1,
          strides,
          prefix: `${prefix}.convShortcut`,
        });
  return apply(tfl.layers.add({ name: block.output }), [block.survive(branch), shortcut]);
}

export function wideResnetDesign(size: WideResnetSize): BackboneDesign {
  const { depth = 28, width = 10, dropout = 0, seed } = size;
  const repeats = (depth - 4) / 6;
  const field = new FieldOfView();
  const stages = [field.window(3).stage('stem', 16)];
  const groups = [16, 32, 64].map((base, group) => ({ channels: base * width, strides: group === 0 ? 1 : 2 }));
  groups.forEach(({ channels, strides }, group) => {
    for (let block = 0; block < repeats; block++) {
      field.window(3, block === 0 ? strides : 1).window(3);
    }
    stages.push(field.stage(`block${group + 1}`, channels));
  });
  stages.push(field.stage('final_relu', 64 * width));
  return {
    name: 'wideResnet',
    stages,
    draw: [
      (context, image) =>
        convolutionUnit(context, image, { name: 'stem', filters: 16, kernelSize: 3, prefix: 'conv1' }),
      ...groups.map(({ channels, strides }, group) => (context: BlockContext, input: SymbolicTensor) => {
        const name = `block${group + 1}`;
        return Array.from({ length: repeats }).reduce<SymbolicTensor>(
          (x, _, block) =>
            drawBlock(context, x, {
              name: `${name}_unit${block + 1}`,
              output: block === repeats - 1 ? name : `${name}_unit${block + 1}`,
              prefix: `${name}.layer.${block}`,
              channels,
              strides: block === 0 ? strides : 1,
              dropout,
              seed: seed === undefined ? undefined : mixSeeds(seed, group, block),
              survive: (branch) =>
                survivingBranch(
                  branch,
                  `${name}_unit${block + 1}`,
                  { block: group * repeats + block, blocks: 3 * repeats },
                  size,
                ),
            }),
          input,
        );
      }),
      (context, input) => preActivation(context, input, 'final_relu', 'bn1'),
    ],
    last: 'final_relu',
    drawClassifier: (context, features, classes) => averagedClassifier(context, features, classes, 'fc'),
    classifierPrefix: 'fc',
    classes: 10,
    epsilon: 1e-5,
    padding: 'symmetric',
    namings: [torchNaming('module'), torchNaming("the authors'", authorsWideResnetName)],
  };
}

/** @throws WeldonError naming the number that is out of range */
export function checkWideResnetSize(size: WideResnetSize): void {
  const { depth = 28, width = 10, dropout = 0 } = size;
  if (!Number.isInteger(depth) || depth < 10 || depth % 6 !== 4) {
    throw expected('depth for wideResnet', '6n + 4 with an integer n >= 1: 10, 16, 22, 28, 34, 40 …', depth);
  }
  if (!Number.isInteger(width) || width < 1) {
    throw expected('width for wideResnet', 'an integer >= 1', width);
  }
  if (!(dropout >= 0 && dropout < 1)) {
    throw expected('dropout for wideResnet', 'a number with 0 <= dropout < 1', dropout);
  }
  checkBlockTraining('wideResnet', size);
}

/**
 * A Wide ResNet for small images (WRN-depth-width: WRN-28-10 has 36 479 194 parameters), as a LayersModel: `[batch,
 * height, width, 3]` of any size to feature maps at stride 4 or to the logits `[batch, classes]` (10 by default, no
 * softmax).
 *
 * Stages, which are names of layers too: `stem`, `block1` (stride 1), `block2` (2), `block3` (4), and `final_relu`,
 * the default: sums of residual blocks are raw, and only the last normalisation and ReLU make features of them.
 * Normalisation in front of a block has no convolution to be folded into and stays, as a fixed scale and shift.
 *
 * Weights go by the names of the usual PyTorch module (`block1.layer.0.conv1.weight`, …) or by those of the authors'
 * own PyTorch code (`group0.block0.conv0`, …).
 *
 * @throws WeldonError for an option out of range, and for weights with missing, mis-shaped or, with
 * `include: 'classifier'`, unexpected tensors; then no model is left behind
 *
 * @example
 * const model = await wideResnet({ depth: 16, width: 4, dropout: 0.3, include: 'classifier', batchNorm: 'train' });
 * const deep = await wideResnet({ depth: 46, width: 1, survival: 0.5, seed: 1, batchNorm: 'train' });
 *
 * Source: Zagoruyko, Komodakis, "Wide Residual Networks", BMVC 2016; `survival`: Huang, Sun, Liu, Sedra, Weinberger,
 * "Deep Networks with Stochastic Depth", ECCV 2016, with their linear rule.
 */
export async function wideResnet(options: WideResnetOptions = {}): Promise<tfl.LayersModel> {
  checkKeys(
    options,
    'weights stages inputShape include classes batchNorm depth width dropout survival seed',
    'wideResnet',
  );
  checkWideResnetSize(options);
  return buildBackbone(wideResnetDesign(options), options, options.seed);
}
