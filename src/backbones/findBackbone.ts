import { catalog, imagenetInput, tensorflowInput } from './catalog.js';
import type { BackboneDescription, TrainedDesign } from './catalog.js';
import { efficientNetLite0Design } from './networks/efficientNetLite0.js';
import { mobilenetV2Design } from './networks/mobilenetV2.js';
import type { BackboneDesign } from './networks/backboneDesign.js';
import { resnetDesigns, trainedResnetDesign } from './networks/resnet.js';
import type { WideResnetSize } from './networks/wideResnet.js';
import { checkWideResnetSize, wideResnetDesign } from './networks/wideResnet.js';

export type { BackboneDescription } from './catalog.js';

const descriptions: readonly BackboneDescription[] = catalog.map(({ description }) => description);

/**
 * The backbones this package builds, with parameters, stages, strides, channels and receptive fields.
 *
 * @example
 * for (const { name, parameters, stages } of listBackbones()) {
 *   console.log(name, parameters, stages.map((stage) => `${stage.name}: stride ${stage.stride}`).join(', '));
 * }
 */
export function listBackbones(): readonly BackboneDescription[] {
  return descriptions;
}

/** A backbone under one of its names. */
export interface FoundBackbone extends TrainedDesign {
  /** As it is called here. */
  name: string;
  /** What keras.applications' weights want instead. */
  keras?: TrainedDesign;
  /** Of residual networks: what of training can be built into their blocks, and the network with it. */
  blocks?: ResidualBlocks;
}

export interface ResidualBlocks {
  options: readonly ('dropout' | 'survival')[];
  /** @throws WeldonError for a number out of range */
  design(training: Pick<WideResnetSize, 'dropout' | 'survival' | 'seed'>): BackboneDesign;
}

/** Of a Wide ResNet for small images by its name. */
const wideSize = (name: string): { depth: number; width: number } | null => {
  const found = /^(?:wrn|wide_?resnet)[_-]?(\d+)[_-](\d+)$/i.exec(name);
  return found && { depth: Number(found[1]), width: Number(found[2]) };
};

function blocksOf(name: string): ResidualBlocks | undefined {
  if (resnetDesigns.has(name)) {
    return { options: ['survival'], design: (training) => trainedResnetDesign(name, training) };
  }
  const size = wideSize(name);
  return size === null
    ? undefined
    : {
        options: ['dropout', 'survival'],
        design(training) {
          checkWideResnetSize({ ...size, ...training });
          return wideResnetDesign({ ...size, ...training });
        },
      };
}

/** Names are compared without regard to case, `_` and `-`, as every library writes them its own way. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** timm's names of networks that are ours with other padding, ε or images. */
const variants: ReadonlyMap<string, FoundBackbone> = new Map([
  [
    'tfefficientnetlite0',
    {
      name: 'efficientNetLite0',
      design: efficientNetLite0Design('tensorflow'),
      colorOrder: 'rgb',
      input: tensorflowInput,
    },
  ],
  [
    'efficientnetlite0',
    { name: 'efficientNetLite0', design: efficientNetLite0Design('timm'), colorOrder: 'rgb', input: imagenetInput },
  ],
]);

function ofCatalog(name: string): FoundBackbone | null {
  const entry = catalog.find(({ description }) => plain(description.name) === plain(name));
  return entry === undefined
    ? null
    : {
        name: entry.description.name,
        design: entry.design,
        colorOrder: 'rgb',
        input: entry.description.input,
        keras: entry.keras,
        blocks: blocksOf(entry.description.name),
      };
}

/**
 * The backbone of that name: ours (`resnet50`, `vgg16bn`), torchvision's (`vgg16_bn`, `wide_resnet50_2`) or timm's
 * (`mobilenetv2_075`, `tf_efficientnet_lite0`); Wide ResNets for small images by depth and width (`wrn_22_4`).
 * `efficientNetLite0` is Google's network, `efficientnet_lite0` timm's own.
 *
 * @returns `null` for a name that is none
 * @throws WeldonError for a depth or width that no Wide ResNet has
 */
export function findBackbone(name: string): FoundBackbone | null {
  const exact = catalog.find(({ description }) => description.name === name);
  const known = exact === undefined ? (variants.get(plain(name)) ?? ofCatalog(name)) : ofCatalog(name);
  if (known !== null) {
    return known;
  }
  const size = wideSize(name);
  if (size !== null) {
    checkWideResnetSize(size);
    const { input } = ofCatalog('wideResnet28_10')!;
    const own = `wideResnet${size.depth}_${size.width}`;
    return { name: own, design: wideResnetDesign(size), colorOrder: 'rgb', input, blocks: blocksOf(own) };
  }
  const mobile = /^mobilenet_?v2_(\d{3})$/i.exec(name);
  if (mobile !== null) {
    const alpha = Number(mobile[1]) / 100;
    return { name: `mobilenetV2_${alpha}`, design: mobilenetV2Design(alpha), colorOrder: 'rgb', input: imagenetInput };
  }
  return null;
}
