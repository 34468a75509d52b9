import type * as tfl from '@tensorflow/tfjs-layers';
import type { BackboneName } from './names.js';
import type { BackboneDesign } from './networks/backboneDesign.js';
import type { BackboneOptions, BackboneStage } from './networks/backboneOptions.js';
import { efficientNetLite0, efficientNetLite0Design } from './networks/efficientNetLite0.js';
import { mobilenetV2, mobilenetV2Design } from './networks/mobilenetV2.js';
import * as resnet from './networks/resnet.js';
import { vgg16, vgg16bn, vgg16Design } from './networks/vgg.js';
import { wideResnet, wideResnetDesign } from './networks/wideResnet.js';

/** What is known of a backbone without building it. */
export interface BackboneDescription {
  name: string;
  /** The builder. */
  build: (options?: BackboneOptions) => Promise<tfl.LayersModel>;
  /** Trainable numbers with batch norm kept and the published classifier, as publications count them. */
  parameters: number;
  /** First to last; each name is a layer to cut at. */
  stages: readonly BackboneStage[];
  /** What its published weights expect: network input = pixel (0–255) · scale + offset, colours as RGB. */
  input: {
    scale: number | readonly [number, number, number];
    offset: number | readonly [number, number, number];
    size: number;
  };
  /** Weights come with this package. */
  embedded: boolean;
}

type Scaling = BackboneDescription['input'];

/** A network, and what images its weights expect. */
export interface TrainedDesign {
  design: BackboneDesign;
  colorOrder: 'rgb' | 'bgr';
  input: Scaling;
}

/** A description, and the drawing behind it. */
export interface CatalogEntry {
  description: BackboneDescription;
  design: BackboneDesign;
  /** Where keras.applications' weights want another network, or other images. */
  keras?: TrainedDesign;
}

/** (pixel / 255 − mean) / deviation, channel by channel. */
function standardised(mean: readonly number[], deviation: readonly number[], size: number): Scaling {
  const [r, g, b] = mean.map((value, c) => -value / deviation[c]);
  const [scaleR, scaleG, scaleB] = deviation.map((value) => 1 / (255 * value));
  return { scale: [scaleR, scaleG, scaleB], offset: [r, g, b], size };
}

/** Means and deviations that torchvision and timm publish with their ImageNet weights. */
export const imagenetInput = standardised([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 224);
/** The Wide ResNet authors' for CIFAR: [125.3, 123.0, 113.9] and [63.0, 62.1, 66.7] of 255. */
const cifarInput = standardised([125.3 / 255, 123 / 255, 113.9 / 255], [63 / 255, 62.1 / 255, 66.7 / 255], 32);
/** pixel / 127.5 − 1, up to half a grey level: what TensorFlow's own ImageNet networks take. */
export const tensorflowInput: Scaling = { scale: 1 / 127.5, offset: -1, size: 224 };

function entry(
  name: BackboneName,
  design: BackboneDesign,
  build: BackboneDescription['build'],
  parameters: number,
  input = imagenetInput,
): CatalogEntry {
  return { design, description: { name, build, parameters, stages: design.stages, input, embedded: false } };
}

function wideResnetEntry(name: BackboneName, depth: number, width: number, parameters: number): CatalogEntry {
  const size = { depth, width };
  return entry(name, wideResnetDesign(size), (options) => wideResnet({ ...options, ...size }), parameters, cifarInput);
}

const resnets: readonly [keyof typeof resnet & BackboneName, number][] = [
  ['resnet18', 11_689_512],
  ['resnet34', 21_797_672],
  ['resnet50', 25_557_032],
  ['resnet101', 44_549_160],
  ['resnet152', 60_192_808],
  ['wideResnet34_2', 86_036_008],
  ['wideResnet50_2', 68_883_240],
  ['wideResnet101_2', 126_886_696],
];

const efficientNet = entry('efficientNetLite0', efficientNetLite0Design('tensorflow'), efficientNetLite0, 4_652_008, {
  scale: 1 / 128,
  offset: -127 / 128,
  size: 224,
});

/** Keras's MobileNetV2 and VGG16; the latter takes BGR as Caffe did, less the means of ImageNet's pixels. */
const kerasMobilenetV2: TrainedDesign = {
  design: mobilenetV2Design(1, 'tensorflow'),
  colorOrder: 'rgb',
  input: tensorflowInput,
};
const kerasVgg16: TrainedDesign = {
  design: vgg16Design(false, false),
  colorOrder: 'bgr',
  input: { scale: 1, offset: [-103.939, -116.779, -123.68], size: 224 },
};

/** Every backbone that has a name of its own; the wide ones for small images come in the published sizes. */
export const catalog: readonly CatalogEntry[] = [
  { ...efficientNet, description: { ...efficientNet.description, embedded: true } },
  { ...entry('mobilenetV2', mobilenetV2Design(), mobilenetV2, 3_504_872), keras: kerasMobilenetV2 },
  ...resnets.map(([name, parameters]) =>
    entry(name, resnet.resnetDesigns.get(name)!, resnet[name] as BackboneDescription['build'], parameters),
  ),
  { ...entry('vgg16', vgg16Design(false, false), vgg16, 138_357_544), keras: kerasVgg16 },
  entry('vgg16bn', vgg16Design(true, false), vgg16bn, 138_365_992),
  wideResnetEntry('wideResnet16_4', 16, 4, 2_748_890),
  wideResnetEntry('wideResnet28_10', 28, 10, 36_479_194),
  wideResnetEntry('wideResnet40_2', 40, 2, 2_243_546),
];
