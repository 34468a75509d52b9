export type {
  BackboneInputShape, BackboneOptions, BackboneStage, BatchNormMode,
} from './backboneOptions.js';
export { cutBackbone } from './cutBackbone.js';
export { efficientNetLite0, efficientNetLite0Stages } from './efficientNetLite0.js';
export type { EfficientNetLite0Options } from './efficientNetLite0.js';
export { efficientNetLitePytorchWeights } from './efficientNetLite0Names.js';
export { FrozenBatchNorm } from './frozenBatchNorm.js';
export type { FrozenBatchNormConfig } from './frozenBatchNorm.js';
export { torchCheckpoint } from './import/torchCheckpoint.js';
export { listBackbones } from './listBackbones.js';
export type { BackboneDescription } from './listBackbones.js';
export { loadEfficientNetLite0 } from './loadEfficientNetLite0.js';
export type { LoadEfficientNetLite0Options } from './loadEfficientNetLite0.js';
export { modelFiles } from './modelFiles.js';
export type { ModelFile, ModelFilesOptions } from './modelFiles.js';
export { renameWeights } from './weightSource.js';
export type { WeightSource } from './weightSource.js';
