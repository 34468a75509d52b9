/** Models of one layer or few, for every layer that can be exported. */
import * as tfl from '@tensorflow/tfjs-layers';
import { FrozenBatchNorm } from '../../../src/backbones/networks/frozenBatchNorm.js';
import * as own from '../../../src/layers/index.js';
import type { Pooling, PoolingName } from '../../../src/pooling/kinds.js';
import { poolingKinds } from '../../../src/pooling/kinds.js';
import { presetNames } from '../../../src/pooling/presets.js';
import { resolveChoice } from '../../../src/pooling/registry.js';
import { chain } from '../models/smallModels.js';

type Layer = tfl.layers.Layer;
const { layers } = tfl;

export function onMaps(...made: Layer[]): tfl.LayersModel {
  const inputs = tfl.input({ shape: [null, null, 4] });
  return tfl.model({ inputs, outputs: chain(inputs, ...made) });
}

function onVectors(...made: Layer[]): tfl.LayersModel {
  const inputs = tfl.input({ shape: [6] });
  return tfl.model({ inputs, outputs: chain(inputs, layers.dense({ units: 5 }), ...made) });
}

/** A branch, so that layers with two inputs have them. */
function branched(merge: Layer, behind: Layer[] = []): tfl.LayersModel {
  const inputs = tfl.input({ shape: [null, null, 4] });
  const branch = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(inputs) as tfl.SymbolicTensor;
  const both = merge.apply([branch, inputs]) as tfl.SymbolicTensor;
  return tfl.model({ inputs, outputs: chain(both, ...behind) });
}

export const last = () => layers.conv2d({ filters: 2, kernelSize: 1 });
export const sides = (
  top: number,
  bottom: number,
  left: number,
  right: number,
): [[number, number], [number, number]] => [
  [top, bottom],
  [left, right],
];

/** By what they show. */
export const layerModels: Record<string, () => tfl.LayersModel> = {
  'conv2d, same': () => onMaps(layers.conv2d({ filters: 3, kernelSize: [3, 2], padding: 'same' })),
  'conv2d, same, strides 2': () => onMaps(layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' })),
  'conv2d, 1×1, strides 2': () => onMaps(layers.conv2d({ filters: 3, kernelSize: 1, strides: 2, padding: 'same' })),
  'conv2d, valid, relu, no bias': () =>
    onMaps(layers.conv2d({ filters: 3, kernelSize: 3, useBias: false, activation: 'relu' })),
  'conv2d, dilated': () => onMaps(layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: 'same' })),
  'depthwise, two each': () =>
    onMaps(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' })),
  separable: () => onMaps(layers.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same', activation: 'tanh' })),
  'zero padding, max pooling of negative values': () =>
    onMaps(
      layers.activation({ activation: 'softplus' }),
      new own.ChannelStandardization({ statistics: { mean: [9, 9, 9, 9], deviation: [1, 2, 3, 4] } }),
      layers.zeroPadding2d({ padding: sides(1, 0, 2, 1) }),
      layers.maxPooling2d({ poolSize: 3, strides: 2 }),
    ),
  'max pooling, same': () => onMaps(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  'average pooling, same, leaves padding out': () =>
    onMaps(layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  'average pooling, strides 1': () => onMaps(layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' })),
  cropping: () => onMaps(layers.cropping2D({ cropping: sides(1, 0, 0, 2) }), last()),
  'upsampling, nearest': () => onMaps(layers.upSampling2d({ size: [2, 3] }), last()),
  'upsampling, bilinear': () => onMaps(layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  'batch norm': () => onMaps(layers.batchNormalization({ epsilon: 0.01 }), last()),
  'batch norm without scale and shift': () => onMaps(layers.batchNormalization({ scale: false, center: false })),
  'batch norm of vectors': () => onVectors(layers.batchNormalization({})),
  'frozen batch norm': () => onMaps(last(), new FrozenBatchNorm({ epsilon: 1e-5 })),
  'layer norm': () => onMaps(layers.layerNormalization({}), last()),
  'region normalization': () => onMaps(last(), own.regionNormalization()),
  'channel standardization': () =>
    onMaps(own.channelStandardization({ statistics: { mean: [1, 2, 3, 4], deviation: [1, 2, 3, 4] } })),
  add: () => branched(layers.add(), [last()]),
  multiply: () => branched(layers.multiply()),
  average: () => branched(layers.average()),
  maximum: () => branched(layers.maximum()),
  minimum: () => branched(layers.minimum()),
  concatenate: () => branched(layers.concatenate(), [last()]),
  'concatenate rows': () => branched(layers.concatenate({ axis: 1 }), [last()]),
  'dropout of every kind': () =>
    onMaps(
      layers.dropout({ rate: 0.5 }),
      own.seededDropout({ rate: 0.5 }),
      layers.gaussianNoise({ stddev: 1 }),
      layers.gaussianDropout({ rate: 0.5 }),
      layers.alphaDropout({ rate: 0.5 }),
      last(),
    ),
  'dense on regions': () => onMaps(layers.dense({ units: 3, activation: 'softmax' })),
  'dense on vectors': () => onVectors(layers.dense({ units: 3, activation: 'relu' })),
  'global average': () => onMaps(last(), layers.globalAveragePooling2d({})),
  'global maximum': () => onMaps(last(), layers.globalMaxPooling2d({})),
  'leaky relu': () => onMaps(layers.leakyReLU({ alpha: 0.2 })),
  elu: () => onMaps(layers.elu({})),
  'thresholded relu': () => onMaps(layers.thresholdedReLU({ theta: 0.4 })),
  prelu: () => onMaps(layers.prelu({ sharedAxes: [1, 2] }), last()),
  'relu up to 6': () => onMaps(last(), layers.reLU({ maxValue: 0.2 })),
  softmax: () => onMaps(last(), layers.softmax({ axis: -1 }), last()),
  'permute, rows first': () => onMaps(layers.permute({ dims: [2, 1, 3] }), last()),
  rescaling: () => onMaps(layers.rescaling({ scale: 0.5, offset: 0.25 }), last()),
  'class-wise': () => onMaps(layers.dense({ units: 6 }), own.classWisePooling2d({ maps: 3 })),
};

for (const activation of ['relu6', 'selu', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign', 'swish', 'mish']) {
  layerModels[activation] = () => onMaps(last(), layers.activation({ activation: activation as 'relu6' }));
}
for (const activation of ['gelu', 'gelu_new', 'elu', 'tanh', 'linear', 'relu', 'softmax']) {
  layerModels[`${activation} on vectors`] = () =>
    onVectors(layers.activation({ activation: activation as 'relu' }), layers.dense({ units: 2 }));
}

/** The poolings that are tried: presets, every one of the registry by its defaults, and options. */
export const poolings: readonly Pooling[] = [
  ...presetNames.map((name) => resolveChoice(name, 'a test')),
  ...(Object.keys(poolingKinds) as PoolingName[]).map((kind) => ({ kind })),
  { kind: 'logSumExp' as const, sharpness: 0.01 },
  { kind: 'logSumExp' as const, learnSharpness: true },
  ...(['mean', 'sum', 'halfMean'] as const).flatMap((reduction) => [
    { kMax: 0.4, kMin: 2, alpha: 0.3, reduction },
    { kMax: 0, kMin: 3, alpha: -2, reduction },
    { kMax: 0.99, kMin: 0, reduction },
  ]),
];
