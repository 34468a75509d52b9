import { renameWeights } from '../../formats/weightSource.js';
import type { WeightSource } from '../../formats/weightSource.js';

/** Blocks in each of timm's seven stages; lukemelas' style counts them through. */
const repeats = [1, 2, 2, 3, 3, 4, 1];

function stageAndBlock(flat: number): [number, number] {
  let block = flat;
  let stage = 0;
  while (stage < repeats.length - 1 && block >= repeats[stage]) {
    block -= repeats[stage++];
  }
  return [stage, block];
}

/** Without an expansion the first block has two convolutions and norms, and timm counts from the first there is. */
const first: Record<string, string> = {
  _depthwise_conv: 'conv_dw',
  _bn1: 'bn1',
  _project_conv: 'conv_pw',
  _bn2: 'bn2',
};
const others: Record<string, string> = {
  _expand_conv: 'conv_pw',
  _bn0: 'bn1',
  _depthwise_conv: 'conv_dw',
  _bn1: 'bn2',
  _project_conv: 'conv_pwl',
  _bn2: 'bn3',
};
const outside: Record<string, string> = {
  _conv_stem: 'conv_stem',
  _bn0: 'bn1',
  _conv_head: 'conv_head',
  _bn1: 'bn2',
  _fc: 'classifier',
};

/**
 * The timm name of a tensor of the `efficientnet-lite-pytorch` package, for example
 * `_blocks.3._bn0.weight` → `blocks.2.0.bn1.weight`; a name that is not one of its stays as it is.
 */
export function timmNameOfEfficientNetLite0(name: string): string {
  const inBlock = /^_blocks\.(\d+)\.(\w+)\.(\w+)$/.exec(name);
  if (inBlock !== null) {
    const [stage, block] = stageAndBlock(Number(inBlock[1]));
    const module = (stage === 0 ? first : others)[inBlock[2]];
    return module === undefined ? name : `blocks.${stage}.${block}.${module}.${inBlock[3]}`;
  }
  const [module, part] = name.split('.');
  return Object.hasOwn(outside, module) && part !== undefined ? `${outside[module]}.${part}` : name;
}

/** A checkpoint of the `efficientnet-lite-pytorch` package under timm's names, as `efficientNetLite0` wants it. */
export function efficientNetLitePytorchWeights(source: WeightSource): WeightSource {
  return renameWeights(source, timmNameOfEfficientNetLite0);
}
