export { AdaptiveAveragePooling2D } from './adaptiveAveragePooling.js';
export type { AdaptiveAveragePoolingConfig } from './adaptiveAveragePooling.js';
export type {
  BackboneInputShape, BackboneOptions, BackboneStage, BatchNormMode,
} from './backboneOptions.js';
export { cutBackbone } from './cutBackbone.js';
export { efficientNetLite0, efficientNetLite0Stages } from './efficientNetLite0.js';
export type { EfficientNetLite0Options } from './efficientNetLite0.js';
export { efficientNetLitePytorchWeights } from './efficientNetLite0Names.js';
export { FrozenBatchNorm } from './frozenBatchNorm.js';
export type { FrozenBatchNormConfig } from './frozenBatchNorm.js';
export type { ByteRanges } from './import/byteRanges.js';
export { layersModelWeights } from './import/layersModelWeights.js';
export type { NumberArray, NumberType } from './import/numberTypes.js';
export type { WeightBytes } from './import/openRanges.js';
export { openWeights } from './import/openWeights.js';
export { safetensors } from './import/safetensors.js';
export type { SafetensorsFile } from './import/safetensors.js';
export { torchCheckpoint } from './import/torchCheckpoint.js';
export { urlRanges } from './import/urlRanges.js';
export type { UrlRangesOptions } from './import/urlRanges.js';
export { listBackbones } from './listBackbones.js';
export type { BackboneDescription } from './listBackbones.js';
export { loadEfficientNetLite0 } from './loadEfficientNetLite0.js';
export type { LoadEfficientNetLite0Options } from './loadEfficientNetLite0.js';
export { mobilenetV2 } from './mobilenetV2.js';
export type { MobilenetV2Options } from './mobilenetV2.js';
export { modelFiles } from './modelFiles.js';
export type { ModelFile, ModelFilesOptions } from './modelFiles.js';
export {
  resnet18, resnet34, resnet50, resnet101, resnet152, wideResnet50_2, wideResnet101_2,
} from './resnet.js';
export { vgg16, vgg16bn } from './vgg.js';
export type { VggOptions } from './vgg.js';
export { renameWeights } from './weightSource.js';
export type { WeightLayout, WeightSource } from './weightSource.js';
export { wideResnet } from './wideResnet.js';
export type { WideResnetOptions } from './wideResnet.js';
