export { diskCheckpoints } from './node/storage/diskCheckpoints.js';
export type { DiskCheckpointsOptions } from './node/storage/diskCheckpoints.js';
export { runtimeInfo } from './commands/info/command.js';
export type { RuntimeInfo } from './commands/info/command.js';
export * from './node/datasets/index.js';
export * from './commands/evaluate/index.js';
export * from './node/features/index.js';
export { heatmapFiles, outputFormats } from './commands/heatmap/heatmapFiles.js';
export type {
  HeatmapFileClass,
  HeatmapFileResult,
  HeatmapFilesOptions,
  OutputFormat,
} from './commands/heatmap/heatmapFiles.js';
export { prepareHeatmapModel } from './commands/heatmap/heatmapModel.js';
export type { HeatmapModelOptions, PreparedHeatmapModel } from './commands/heatmap/heatmapModel.js';
export * from './node/images/index.js';
export { embeddedModelFolder } from './node/models/embeddedModel.js';
export { fileHandler, registerFileUrls } from './node/models/fileHandler.js';
export { importWeights } from './commands/import/importWeights.js';
export type { ImportedModel, ImportWeightsOptions } from './commands/import/importWeights.js';
export { loadModel } from './node/models/loadModel.js';
export type { LoadedModel } from './node/models/loadModel.js';
export * from './commands/heatmap/index.js';
export type { RuntimeBackend } from './node/runtime/backendStarters.js';
export { runtimeBackends, startRuntime } from './node/runtime/startRuntime.js';
export type { ConsideredBackend, Runtime, StartRuntimeOptions } from './node/runtime/startRuntime.js';
export * from './commands/train/index.js';
