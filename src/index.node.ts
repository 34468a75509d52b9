export { diskCheckpoints } from './node/storage/diskCheckpoints.js';
export type { DiskCheckpointsOptions } from './node/storage/diskCheckpoints.js';
export { runtimeInfo } from './commands/info/command.js';
export type { RuntimeInfo } from './commands/info/command.js';
export * from './node/datasets/index.js';
export { computeFeatures } from './node/features/computeFeatures.js';
export type { ComputedFeatures, ComputeFeaturesOptions } from './node/features/computeFeatures.js';
export { imageBatches } from './node/loading/imageBatches.js';
export type { ImageBatches, ImageBatchesOptions } from './node/loading/imageBatches.js';
export type { ImagePlanOptions } from './node/loading/batchPlan.js';
export * from './commands/evaluate/index.js';
export * from './node/features/index.js';
export { heatmapFiles } from './commands/heatmap/heatmapFiles.js';
export type { HeatmapFileClass, HeatmapFileResult } from './commands/heatmap/heatmapFiles.js';
export { outputFormats } from './commands/heatmap/options.js';
export type {
  HeatmapFilesOptions,
  HeatmapModelOptions,
  OutputFormat,
  PreparedHeatmapModel,
} from './commands/heatmap/options.js';
export { prepareHeatmapModel } from './commands/heatmap/heatmapModel.js';
export * from './node/images/index.js';
export { embeddedModelFolder } from './node/packageRoot.js';
export { fileHandler, registerFileUrls } from './node/models/fileHandler.js';
export { importWeights } from './commands/import/importWeights.js';
export type { ImportedModel, ImportWeightsOptions } from './commands/import/importWeights.js';
export { loadModel } from './node/models/loadModel.js';
export type { LoadedModel } from './node/models/loadModel.js';
export * from './commands/heatmap/index.js';
export { runtimeBackends } from './node/runtime/backendNames.js';
export type { RuntimeBackend } from './node/runtime/backendNames.js';
export { startRuntime } from './node/runtime/startRuntime.js';
export type { ConsideredBackend, Runtime, StartRuntimeOptions } from './node/runtime/startRuntime.js';
export * from './commands/train/index.js';
