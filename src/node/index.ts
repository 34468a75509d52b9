export * from './checkpoints/index.js';
export { runtimeInfo } from './commandLine/infoCommand.js';
export type { RuntimeInfo } from './commandLine/infoCommand.js';
export * from './dataSets/index.js';
export * from './evaluation/index.js';
export * from './featureStore/index.js';
export { heatmapFiles, outputFormats } from './heatmapFiles/heatmapFiles.js';
export type {
  HeatmapFileClass,
  HeatmapFileResult,
  HeatmapFilesOptions,
  OutputFormat,
} from './heatmapFiles/heatmapFiles.js';
export { prepareHeatmapModel } from './heatmapFiles/heatmapModel.js';
export type { HeatmapModelOptions, PreparedHeatmapModel } from './heatmapFiles/heatmapModel.js';
export * from './images/index.js';
export { embeddedModelFolder } from './models/embeddedModel.js';
export { fileHandler, registerFileUrls } from './models/fileHandler.js';
export { importWeights } from './models/importWeights.js';
export type { ImportedModel, ImportWeightsOptions } from './models/importWeights.js';
export { loadModel } from './models/loadModel.js';
export type { LoadedModel } from './models/loadModel.js';
export * from './pictures/index.js';
export type { RuntimeBackend } from './runtime/backendStarters.js';
export { runtimeBackends, startRuntime } from './runtime/startRuntime.js';
export type { ConsideredBackend, Runtime, StartRuntimeOptions } from './runtime/startRuntime.js';
export * from './trainingRuns/index.js';
