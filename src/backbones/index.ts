export { AdaptiveAveragePooling2D } from './networks/adaptiveAveragePooling.js';
export type { AdaptiveAveragePoolingConfig } from './networks/adaptiveAveragePooling.js';
export type { BackboneInputShape, BackboneOptions, BackboneStage, BatchNormMode } from './networks/backboneOptions.js';
export { cutBackbone } from './cutBackbone.js';
export { efficientNetLite0, efficientNetLite0Stages } from './networks/efficientNetLite0.js';
export type { EfficientNetLite0Options } from './networks/efficientNetLite0.js';
export { efficientNetLitePytorchWeights } from './weights/efficientNetLite0Names.js';
export { FrozenBatchNorm } from './networks/frozenBatchNorm.js';
export type { FrozenBatchNormConfig } from './networks/frozenBatchNorm.js';
export type { ByteRanges } from '../formats/byteRanges.js';
export { layersModelWeights } from '../formats/layersModelWeights.js';
export type { NumberArray, NumberType } from '../formats/numberTypes.js';
export type { WeightBytes } from '../formats/openRanges.js';
export { openWeights } from '../formats/openWeights.js';
export { safetensors } from '../formats/safetensors.js';
export type { SafetensorsFile } from '../formats/safetensors.js';
export { torchCheckpoint } from '../formats/torchCheckpoint.js';
export { urlRanges } from '../formats/urlRanges.js';
export type { UrlRangesOptions } from '../formats/urlRanges.js';
export { listBackbones } from './findBackbone.js';
export type { BackboneDescription } from './findBackbone.js';
export { loadEfficientNetLite0 } from './loadEfficientNetLite0.js';
export type { LoadEfficientNetLite0Options } from './loadEfficientNetLite0.js';
export { mobilenetV2 } from './networks/mobilenetV2.js';
export type { MobilenetV2Options } from './networks/mobilenetV2.js';
export { modelFiles } from './weights/modelFiles.js';
export type { ModelFile, ModelFilesOptions } from './weights/modelFiles.js';
export {
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  wideResnet50_2,
  wideResnet101_2,
} from './networks/resnet.js';
export { vgg16, vgg16bn } from './networks/vgg.js';
export type { VggOptions } from './networks/vgg.js';
export { renameWeights } from '../formats/weightSource.js';
export type { WeightLayout, WeightSource } from '../formats/weightSource.js';
export { wideResnet } from './networks/wideResnet.js';
export type { WideResnetOptions } from './networks/wideResnet.js';
