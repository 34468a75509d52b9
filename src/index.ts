/** The face of the package in the browser: the public names, written out, and nothing else. */
export { WeldonError } from './errors.js';

export { registerGradientKernels } from '../kernels/gradients/registerGradientKernels.js';
export type { GradientKernelOptions } from '../kernels/gradients/registerGradientKernels.js';
export { registerWeldonKernels } from '../kernels/registerWeldonKernels.js';

export type { Pooling } from './pooling/kinds.js';
export { logSumExpPool } from './pooling/logSumExpPool.js';
export type { LogSumExpOptions, LogSumExpPoolOptions } from './pooling/logSumExpPool.js';
export type { DataFormat, PoolingOptions, Reduction } from './pooling/options.js';
export { poolingPresets } from './pooling/presets.js';
export type { PoolingChoice, PoolingPreset, PresetParts } from './pooling/presets.js';
export { regionCount } from './pooling/regionCounts.js';
export { weldonPool } from './pooling/weldonPool.js';
export type { WeldonPoolOptions } from './pooling/weldonPool.js';
export { weldonRegions } from './pooling/weldonRegions.js';
export type { WeldonRegions } from './pooling/weldonRegions.js';

export type { ChannelStatistics } from './layers/channelStandardization.js';
export { classWisePooling1d, classWisePooling2d, classWisePooling3d } from './layers/classWisePooling.js';
export type {
  ClassWisePooling1D,
  ClassWisePooling2D,
  ClassWisePooling3D,
  ClassWisePoolingConfig,
} from './layers/classWisePooling.js';
export { logSumExpPooling1d, logSumExpPooling2d, logSumExpPooling3d } from './layers/logSumExpPooling.js';
export type {
  LogSumExpPooling1D,
  LogSumExpPooling2D,
  LogSumExpPooling3D,
  LogSumExpPoolingConfig,
} from './layers/logSumExpPooling.js';
export {
  WeldonPooling1D,
  weldonPooling1d,
  WeldonPooling2D,
  weldonPooling2d,
  WeldonPooling3D,
  weldonPooling3d,
} from './layers/weldonPooling.js';
export type { WeldonPoolingConfig } from './layers/weldonPooling.js';

export { attachWeldon } from './models/attachWeldon.js';
export type { AttachWeldonConfig } from './models/attachWeldon.js';
export type { AxisField } from './models/axisField.js';
export { convolutionalize } from './models/convolutionalize.js';
export type { ConvolutionalizeOptions, ReplacedLayer } from './models/convolutionalize.js';
export { attachWeldonToGraph, graphModelFeatures, pairWithGraph } from './models/graphModelFeatures.js';
export type {
  AttachToGraphConfig,
  FeaturesWithHead,
  GraphFeatures,
  GraphFeaturesOptions,
  GraphModelLike,
} from './models/graphModelFeatures.js';
export type { InputSize } from './models/inputSize.js';
export { prepareImages } from './models/prepareImages.js';
export type { Bitmap, CanvasElement, DrawnImage, ImageElement } from './models/drawnImages.js';
export type { DecodedPixels, PrepareOptions, RawImage, RawImages, RawPixels } from './models/prepareImages.js';
export { readOutModel } from './models/readOutModel.js';
export type { ReadOut } from './models/readOutModel.js';
export { receptiveField } from './models/receptiveField.js';
export type { ReceptiveField, ReceptiveFieldOptions } from './models/receptiveField.js';
export type { ModelRecipe, ResizeRule } from './models/recipe.js';
export { missingFromRecipe, readRecipe, recipeParts, withRecipe } from './models/recipeMetadata.js';
export type { RecipeParts } from './models/recipeMetadata.js';
export { boxInImage, planResize } from './models/resizeMapping.js';
export type { Box, PixelMapping, ResizePlan } from './models/resizeMapping.js';
export { registerWeldonGraphOps } from './models/weldonGraphOps.js';
export type { GraphOpNode, RegisterOp } from './models/weldonGraphOps.js';
export type { WeldonHeadConfig } from './models/weldonHead.js';

export type { BackboneDescription } from './backbones/catalog.js';
export { listBackbones } from './backbones/findBackbone.js';
export { loadEfficientNetLite0 } from './backbones/loadEfficientNetLite0.js';
export type { LoadEfficientNetLite0Options } from './backbones/loadEfficientNetLite0.js';
export type {
  BackboneInputShape,
  BackboneOptions,
  BackboneStage,
  BatchNormMode,
} from './backbones/networks/backboneOptions.js';
export { efficientNetLite0 } from './backbones/networks/efficientNetLite0.js';
export type { EfficientNetLite0Options } from './backbones/networks/efficientNetLite0.js';
export { mobilenetV2 } from './backbones/networks/mobilenetV2.js';
export type { MobilenetV2Options } from './backbones/networks/mobilenetV2.js';
export {
  resnet101,
  resnet152,
  resnet18,
  resnet34,
  resnet50,
  wideResnet101_2,
  wideResnet50_2,
} from './backbones/networks/resnet.js';
export { vgg16, vgg16bn } from './backbones/networks/vgg.js';
export type { VggOptions } from './backbones/networks/vgg.js';
export { wideResnet } from './backbones/networks/wideResnet.js';
export type { WideResnetOptions } from './backbones/networks/wideResnet.js';
export { modelFiles } from './backbones/weights/modelFiles.js';
export type { ModelFile, ModelFilesOptions } from './backbones/weights/modelFiles.js';

export type { ByteRanges } from './formats/byteRanges.js';
export { layersModelWeights } from './formats/layersModelWeights.js';
export { npyFile } from './formats/npy.js';
export type { NumberArray, NumberType } from './formats/numberTypes.js';
export type { WeightBytes } from './formats/openRanges.js';
export { openWeights } from './formats/openWeights.js';
export { urlRanges } from './formats/urlRanges.js';
export type { UrlRangesOptions } from './formats/urlRanges.js';
export { renameWeights } from './formats/weightSource.js';
export type { WeightLayout, WeightSource } from './formats/weightSource.js';

export { classHeatmaps } from './heatmaps/classHeatmaps.js';
export type { ClassHeatmaps, ClassHeatmapsOptions, HeatmapModel } from './heatmaps/classHeatmaps.js';
export type { HeatmapClass } from './heatmaps/classSelection.js';
export { colorMapNames } from './heatmaps/colorMaps.js';
export type { ColorMapName } from './heatmaps/colorMaps.js';
export { colorizeMap } from './heatmaps/colorizeMap.js';
export type { ColorOptions } from './heatmaps/colorizeMap.js';
export { displayRange } from './heatmaps/displayRange.js';
export type { DisplayRange, RangeRule } from './heatmaps/displayRange.js';
export { gradCam } from './heatmaps/gradCam.js';
export type { GradCam, GradCamOptions } from './heatmaps/gradCam.js';
export { legend } from './heatmaps/legend.js';
export type { Legend, LegendOptions, LegendTick } from './heatmaps/legend.js';
export { overlayMap } from './heatmaps/overlayMap.js';
export type { OverlayOptions } from './heatmaps/overlayMap.js';
export { paintOutlines } from './heatmaps/paintOutlines.js';
export { outlineBoxes, regionCell } from './heatmaps/regionOutlines.js';
export type { OutlineStyle, Polygon } from './heatmaps/regionOutlines.js';
export { mapGeometry, regionsInPixels } from './heatmaps/regionsInPixels.js';
export type { ClassRegionsInPixels, RegionInPixels, RegionsInPixelsOptions } from './heatmaps/regionsInPixels.js';
export type { ClassMap, ClassRegions, Pixels, Region } from './heatmaps/types.js';
export { scaleGeometry, upsampleMap } from './heatmaps/upsampleMap.js';
export type { AxisGeometry, MapGeometry, UpsampleMethod, UpsampleOptions } from './heatmaps/upsampleMap.js';

export type { Canvas, DrawingContext, Pen } from './render/canvas.js';
export type { DrawnClass, HeatmapImage, HeatmapStyle } from './render/composite.js';
export { drawHeatmap } from './render/drawHeatmap.js';
export type { DrawOptions } from './render/drawHeatmap.js';
export { heatmapJsonText } from './render/heatmapJson.js';
export type { GridLimits } from './render/layout.js';
export { percentText, scoreText } from './render/text.js';

export { Accuracy, MeanClassAccuracy } from './metrics/accuracy.js';
export type { AccuracySummary } from './metrics/accuracy.js';
export { averagePrecision, MeanAveragePrecision } from './metrics/averagePrecision.js';
export type { AveragePrecisionSummary, PrecisionRule } from './metrics/averagePrecision.js';
export { bootstrapInterval } from './metrics/bootstrap.js';
export type { BootstrapOptions, Interval } from './metrics/bootstrap.js';
export { ConfusionMatrix } from './metrics/confusionMatrix.js';
export type { ConfusionSummary } from './metrics/confusionMatrix.js';
export { AverageDrop } from './metrics/faithfulness/averageDrop.js';
export type { AverageDropOptions, AverageDropSummary } from './metrics/faithfulness/averageDrop.js';
export { DeletionInsertionMetric } from './metrics/faithfulness/deletionInsertion.js';
export type {
  DeletionInsertion,
  DeletionInsertionOptions,
  DeletionInsertionSummary,
} from './metrics/faithfulness/deletionInsertion.js';
export type { ExplainedImage, ProbabilityModel, Removed } from './metrics/faithfulness/perturbedImages.js';
export type { HitSummary } from './metrics/localization/classHits.js';
export { CorLoc } from './metrics/localization/corLoc.js';
export type { GroundTruth, PixelMask, Point } from './metrics/localization/groundTruth.js';
export { MaxBoxAccuracy } from './metrics/localization/maxBoxAccuracy.js';
export type { MaxBoxAccuracyOptions, MaxBoxAccuracySummary } from './metrics/localization/maxBoxAccuracy.js';
export { labelGrid, MeanIou, strongestClass } from './metrics/localization/meanIou.js';
export type { MeanIouSummary } from './metrics/localization/meanIou.js';
export { mapPeak } from './metrics/localization/peak.js';
export { PointingGame } from './metrics/localization/pointingGame.js';
export type { PointedClass } from './metrics/localization/pointingGame.js';
export { PointwiseLocalization } from './metrics/localization/pointwiseLocalization.js';
export type { ScoredPoint } from './metrics/localization/pointwiseLocalization.js';
export { largestBox } from './metrics/localization/thresholdBoxes.js';
export { TopKAccuracy } from './metrics/topKAccuracy.js';

export type { Augmentation } from './training/augmentation/augmentation.js';
export { memoryCheckpoints } from './training/checkpoint.js';
export type { Checkpoint, CheckpointStore, EpochRecord, RunPosition, StoredWeight } from './training/checkpoint.js';
export { averageProbabilities, learnEnsembleWeights } from './training/ensembles/combineProbabilities.js';
export type { EnsembleWeightsOptions } from './training/ensembles/combineProbabilities.js';
export { concatenateScores, trainObjectBank } from './training/ensembles/objectBank.js';
export type { ObjectBankOptions } from './training/ensembles/objectBank.js';
export { extractFeatures } from './training/extractFeatures.js';
export type { ExtractedFeatures, ExtractFeaturesOptions } from './training/extractFeatures.js';
export { featureStatistics } from './training/featureStatistics.js';
export type { FeatureStatisticsOptions } from './training/featureStatistics.js';
export { memoryFeatureStore } from './training/featureStore.js';
export type { FeatureKey, Features, FeatureStore } from './training/featureStore.js';
export { fineTune } from './training/fineTune.js';
export type { FineTuneData, FineTuneResult } from './training/fineTune.js';
export type { FineTuneOptions, LossName, StepRecord, Strategy } from './training/fineTuneOptions.js';
export type { CrossValidationOptions } from './training/linear/crossValidate.js';
export type { FeatureTable } from './training/linear/featureTable.js';
export { linearScores, predictClasses } from './training/linear/linearModel.js';
export type { LinearModel } from './training/linear/linearModel.js';
export { trainLinearSoftmax } from './training/linear/linearSoftmax.js';
export type { LinearSoftmaxOptions, TrainedSoftmax } from './training/linear/linearSoftmax.js';
export { trainLinearSvm } from './training/linear/linearSvm.js';
export type { LinearSvmOptions, TrainedSvm } from './training/linear/linearSvm.js';
export { apRanking } from './training/losses/apRanking.js';
export type { ApRankingOptions } from './training/losses/apRanking.js';
export type { RankingNormalization } from './training/losses/apRankingOracle.js';
export { multiLabelSoftMargin, oneVsAllLogistic } from './training/losses/logistic.js';
export type { Loss, LossOptions } from './training/losses/loss.js';
export { softmaxCrossEntropy } from './training/losses/softmaxCrossEntropy.js';
export { squaredHinge } from './training/losses/squaredHinge.js';
export type { Schedule } from './training/optimisation/learningRate.js';
export type { OptimizerRule, OptimizerState } from './training/optimisation/optimizer.js';
export type { PoolingSchedule } from './training/poolingSchedule.js';
export { arrayData } from './training/trainingData.js';
export type { ArrayDataConfig, ExampleKey, TrainingBatch, TrainingData } from './training/trainingData.js';
