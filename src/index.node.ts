/** The face of the package in Node, `tfjs-weldon/node`: the public names, written out, and nothing else. */
export { drawHeatmap } from './node/canvas/drawHeatmap.js';
export { checkImages } from './node/datasets/checkImages.js';
export type { CheckedImages, CheckImagesOptions } from './node/datasets/checkImages.js';
export { readClassFolders } from './node/datasets/classFolders.js';
export type { ReadClassFoldersOptions } from './node/datasets/classFolders.js';
export type { ImageDataSet, LabelledImage } from './node/datasets/imageDataSet.js';
export { readLabelFile } from './node/datasets/labelFile.js';
export type { ReadLabelFileOptions } from './node/datasets/labelFile.js';
export { splitDataSet } from './node/datasets/split.js';
export type { SplitOptions } from './node/datasets/split.js';
export { computeFeatures } from './node/features/computeFeatures.js';
export type { ComputedFeatures, ComputeFeaturesOptions } from './node/features/computeFeatures.js';
export { diskFeatureStore } from './node/features/diskFeatureStore.js';
export type { DiskFeatureStore, DiskFeatureStoreOptions, FeatureHalves } from './node/features/diskFeatureStore.js';
export type { FeaturePrecision } from './node/features/featureShard.js';
export { encodePng } from './node/images/encodePixels.js';
export { findImages } from './node/images/findImages.js';
export type { FoundImages } from './node/images/findImages.js';
export type { PassedOver } from './node/images/passedOver.js';
export { readForModel, resizeForModel } from './node/images/readForModel.js';
export type { ImageForModel, NetworkInput, ReadForModelOptions } from './node/images/readForModel.js';
export { readImage, rgbaPixels } from './node/images/readImage.js';
export type { DecodedImage, ReadImageOptions } from './node/images/readImage.js';
export { readImages } from './node/images/readImages.js';
export type { ReadAheadOptions, ReadResult } from './node/images/readImages.js';
export type { ImagePlanOptions } from './node/loading/batchPlan.js';
export { imageBatches } from './node/loading/imageBatches.js';
export type { ImageBatches, ImageBatchesOptions } from './node/loading/imageBatches.js';
export { fileHandler, registerFileUrls } from './node/models/fileHandler.js';
export { fileRanges } from './node/models/fileRanges.js';
export type { FileRanges } from './node/models/fileRanges.js';
export { loadModel } from './node/models/loadModel.js';
export type { LoadedModel } from './node/models/loadModel.js';
export { embeddedModelFolder } from './node/packageRoot.js';
export type { RuntimeBackend, TensorBackend } from './node/runtime/backendNames.js';
export { startRuntime } from './node/runtime/startRuntime.js';
export type { FrozenEngine, FrozenSpec } from './node/runtime/frozenEngine.js';
export type { ConsideredBackend, Runtime, StartRuntimeOptions } from './node/runtime/startRuntime.js';
export { diskCheckpoints } from './node/storage/diskCheckpoints.js';
export type { DiskCheckpointsOptions } from './node/storage/diskCheckpoints.js';
export { openStore } from './node/vectorStores/openStore.js';
export type { OpenStoreOptions } from './node/vectorStores/openStore.js';

export { bakeImages } from './commands/bake/bakeImages.js';
export type { BakeReport } from './commands/bake/bakeImages.js';
export { bakeStatus } from './commands/bake/bakeStatus.js';
export type { BakeStatus } from './commands/bake/bakeStatus.js';
export { collectBake } from './commands/bake/collectBake.js';
export type { CollectReport } from './commands/bake/collected.js';
export type { BakeImagesOptions, CollectBakeOptions, CollectFormat } from './commands/bake/options.js';
export { evaluateModel } from './commands/evaluate/evaluateModel.js';
export type { ClassRow, EvaluationReport, ImageResult } from './commands/evaluate/evaluationReport.js';
export { evaluationText } from './commands/evaluate/evaluationText.js';
export type { EvaluateModelOptions } from './commands/evaluate/options.js';
export { runExperimentCommand } from './commands/experiment/command.js';
export type { ExperimentDefaults } from './commands/experiment/command.js';
export { planExperiment, runExperiment } from './commands/experiment/experiment.js';
export type { ExperimentRun } from './commands/experiment/experiment.js';
export type { DataMaker, ExperimentOptions, ImagesToMake } from './commands/experiment/options.js';
export { exportModel } from './commands/export/exportModel.js';
export type { ExportedModel } from './commands/export/exportModel.js';
export type { ExportModelOptions } from './commands/export/options.js';
export { startEncoderThread } from './commands/heatmap/encoderThread.js';
export type { EncoderThread } from './commands/heatmap/encoderThread.js';
export type { HeatmapEncoder } from './commands/heatmap/heatmapEncoder.js';
export { heatmapFiles } from './commands/heatmap/heatmapFiles.js';
export type { HeatmapFileResult } from './commands/heatmap/heatmapFiles.js';
export type { HeatmapFileClass } from './commands/heatmap/heatmapImage.js';
export { prepareHeatmapModel } from './commands/heatmap/heatmapModel.js';
export type {
  HeatmapModelOptions,
  PreparedHeatmapModel,
  HeatmapFilesOptions,
  HeatmapFormat,
  OutputFormat,
} from './commands/heatmap/options.js';
export { writeHeatmap } from './commands/heatmap/writeHeatmap.js';
export type { WriteOptions } from './commands/heatmap/writeHeatmap.js';
export { importWeights } from './commands/import/importWeights.js';
export type { ImportedModel, ImportWeightsOptions } from './commands/import/importWeights.js';
export { runtimeInfo } from './commands/info/command.js';
export type { RuntimeInfo } from './commands/info/command.js';
export { readTravelData } from './commands/recommend/readTravelData.js';
export type { DayForm, ReadTravelDataOptions, TravelFiles } from './commands/recommend/readTravelData.js';
export { withProgress } from './commands/progress.js';
export type { Progress } from './commands/progress.js';
export { experimentMarkdown } from './commands/report/experimentMarkdown.js';
export { openReport } from './commands/report/heatmapReport.js';
export type { HtmlReport, ReportHeader, ReportOptions } from './commands/report/heatmapReport.js';
export { recommendationPage } from './commands/recommend/recommendationPage.js';
export type {
  RecommendationPageContent,
  ShownOffer,
  ShownTheme,
  ShownTile,
} from './commands/recommend/recommendationPage.js';
export type { Estimate, ExperimentResults } from './commands/report/results.js';
export type { ServeCatalogueOptions } from './commands/serve/options.js';
export { serveCatalogue } from './commands/serve/serveCatalogue.js';
export type { CatalogueServer } from './commands/serve/serveCatalogue.js';
export type { TagFilesOptions, TagFormat, TagModelsOptions } from './commands/tag/options.js';
export { undoTags } from './commands/tag/sidecars.js';
export type { SidecarResult, UndoTagsOptions } from './commands/tag/sidecars.js';
export { tagFiles } from './commands/tag/tagFiles.js';
export type { TagReport } from './commands/tag/tagFiles.js';
export type { FileTag, TaggedFile } from './commands/tag/tagList.js';
export type { ImageBox } from './commands/tag/tagState.js';
export type { ThemeFilesOptions } from './commands/themes/options.js';
export { themeFiles } from './commands/themes/themeFiles.js';
export type { ImageThemes, ThemeReport } from './commands/themes/themeFiles.js';
export type { TrainedRun, TrainEvent } from './commands/train/events.js';
export { readTrainConfig } from './commands/train/options.js';
export type { AugmentationWord, TrainOptions } from './commands/train/options.js';
export type { ResolvedTrainOptions } from './commands/train/resolveOptions.js';
export { readRun } from './commands/train/runFolder.js';
export type { RunConfig } from './commands/train/runFolder.js';
export { trainModel } from './commands/train/trainModel.js';
export type { TrainModelOptions } from './commands/train/trainModel.js';
export type { IndexReport } from './commands/index/bakery.js';
export { indexImages } from './commands/index/indexImages.js';
export type { IndexImagesOptions } from './commands/index/options.js';
export { writeCollection } from './commands/index/writeCollection.js';
export type { WriteCollectionOptions } from './commands/index/writeCollection.js';
export { evaluateSearch } from './commands/search/evaluateSearch.js';
export { forgetMetric, learnFromFeedback } from './commands/search/learnFromFeedback.js';
export type { LearnReport } from './commands/search/learnFromFeedback.js';
export { searchEvaluationText } from './commands/search/evaluationText.js';
export { findDuplicates } from './commands/search/findDuplicates.js';
export type { DuplicateGroup, DuplicateReport, OddItem } from './commands/search/findDuplicates.js';
export type {
  CatalogueOptions,
  EvaluateSearchOptions,
  FindDuplicatesOptions,
  LearnFromFeedbackOptions,
  QueryOptions,
  SearchCatalogueOptions,
} from './commands/search/options.js';
export { searchCatalogue } from './commands/search/searchCatalogue.js';
export type {
  FoundImage,
  SearchEvaluation,
  SearchMethod,
  SearchMetric,
  SearchReport,
} from './commands/search/searchReport.js';
export { runWorkers } from './commands/worker/runWorkers.js';
export type { RunWorkersOptions } from './commands/worker/options.js';
export { readSearchImage } from './node/images/searchImage.js';
