export * from './node/storage/index.js';
export { runtimeInfo } from './node/commandLine/infoCommand.js';
export type { RuntimeInfo } from './node/commandLine/infoCommand.js';
export * from './node/datasets/index.js';
export * from './node/evaluation/index.js';
export * from './node/features/index.js';
export { heatmapFiles, outputFormats } from './node/heatmapFiles/heatmapFiles.js';
export type {
  HeatmapFileClass,
  HeatmapFileResult,
  HeatmapFilesOptions,
  OutputFormat,
} from './node/heatmapFiles/heatmapFiles.js';
export { prepareHeatmapModel } from './node/heatmapFiles/heatmapModel.js';
export type { HeatmapModelOptions, PreparedHeatmapModel } from './node/heatmapFiles/heatmapModel.js';
export * from './node/images/index.js';
export { embeddedModelFolder } from './node/models/embeddedModel.js';
export { fileHandler, registerFileUrls } from './node/models/fileHandler.js';
export { importWeights } from './node/models/importWeights.js';
export type { ImportedModel, ImportWeightsOptions } from './node/models/importWeights.js';
export { loadModel } from './node/models/loadModel.js';
export type { LoadedModel } from './node/models/loadModel.js';
export * from './node/pictures/index.js';
export type { RuntimeBackend } from './node/runtime/backendStarters.js';
export { runtimeBackends, startRuntime } from './node/runtime/startRuntime.js';
export type { ConsideredBackend, Runtime, StartRuntimeOptions } from './node/runtime/startRuntime.js';
export * from './node/trainingRuns/index.js';
