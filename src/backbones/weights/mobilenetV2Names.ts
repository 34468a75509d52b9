import { layersNaming } from './weightNaming.js';

/** Blocks in each stage; torchvision and Keras count them through. */
const repeats = [1, 2, 3, 4, 3, 3, 1];

/** Number of a block from 0 on, from its stage's and its own, both from 0 on. */
function flatBlock(stage: number, block: number): number {
  return repeats.slice(0, stage).reduce((sum, count) => sum + count, block);
}

const firstBlock: Record<string, string> = { conv_dw: '0.0', bn1: '0.1', conv_pw: '1', bn2: '2' };
const otherBlocks: Record<string, string> = {
  conv_pw: '0.0',
  bn1: '0.1',
  conv_dw: '1.0',
  bn2: '1.1',
  conv_pwl: '2',
  bn3: '3',
};
const outside: Record<string, string> = {
  conv_stem: 'features.0.0',
  bn1: 'features.0.1',
  conv_head: 'features.18.0',
  bn2: 'features.18.1',
  classifier: 'classifier.1',
};

/** torchvision's name of a tensor of timm's, for example `blocks.1.0.bn3.bias` → `features.2.conv.3.bias`. */
export function torchvisionMobilenetV2Name(name: string): string {
  const inBlock = /^blocks\.(\d)\.(\d)\.(\w+)\.(\w+)$/.exec(name);
  if (inBlock !== null) {
    const [stage, block] = [Number(inBlock[1]), Number(inBlock[2])];
    const place = (stage === 0 ? firstBlock : otherBlocks)[inBlock[3]];
    return `features.${flatBlock(stage, block) + 1}.conv.${place}.${inBlock[4]}`;
  }
  const [module, part] = name.split('.');
  return `${outside[module]}.${part}`;
}

/** keras.applications' layer for a unit: `stage2_block1_expand` → `block_1_expand`, its norm `block_1_expand_BN`. */
function kerasLayer(unit: string, projection: boolean, norm: boolean): string {
  const known = { stem: ['Conv1', 'bn_Conv1'], head: ['Conv_1', 'Conv_1_bn'], classifier: ['predictions'] }[unit];
  if (known !== undefined) {
    return known[norm ? 1 : 0];
  }
  const [, stage, block, role] = /^stage(\d)(?:_block(\d))?(?:_(\w+))?$/.exec(unit)!;
  const number = flatBlock(Number(stage) - 1, Number(block ?? repeats[Number(stage) - 1]) - 1);
  const name = `${number === 0 ? 'expanded_conv' : `block_${number}`}_${projection ? 'project' : role}`;
  return norm ? `${name}_BN` : name;
}

/** keras.applications' MobileNetV2. */
export const kerasMobilenetV2Naming = layersNaming('Keras', false, ({ unit, activation, depthwise }, part) =>
  kerasLayer(unit, activation === null && !depthwise, part !== 'kernel' && part !== 'bias'),
);
