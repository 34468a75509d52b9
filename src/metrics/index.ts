export { Accuracy, MeanClassAccuracy } from './accuracy.js';
export type { AccuracySummary } from './accuracy.js';
export { averagePrecision, MeanAveragePrecision } from './averagePrecision.js';
export type { AveragePrecisionSummary, PrecisionRule } from './averagePrecision.js';
export { bootstrapInterval } from './bootstrap.js';
export type { BootstrapOptions, Interval } from './bootstrap.js';
export { ConfusionMatrix } from './confusionMatrix.js';
export type { ConfusionSummary } from './confusionMatrix.js';
export { AverageDrop } from './faithfulness/averageDrop.js';
export type { AverageDropOptions, AverageDropSummary } from './faithfulness/averageDrop.js';
export type { ExplainedImage, ProbabilityModel, Removed } from './faithfulness/perturbedImages.js';
export type { HitSummary } from './localization/classHits.js';
export { CorLoc } from './localization/corLoc.js';
export { DeletionInsertionMetric } from './faithfulness/deletionInsertion.js';
export type {
  DeletionInsertion,
  DeletionInsertionOptions,
  DeletionInsertionSummary,
} from './faithfulness/deletionInsertion.js';
export { mapPeak } from './localization/peak.js';
export { MaxBoxAccuracy } from './localization/maxBoxAccuracy.js';
export type { MaxBoxAccuracyOptions, MaxBoxAccuracySummary } from './localization/maxBoxAccuracy.js';
export { labelGrid, MeanIou, strongestClass } from './localization/meanIou.js';
export type { MeanIouSummary } from './localization/meanIou.js';
export { intersectionOverUnion } from './localization/groundTruth.js';
export type { GroundTruth as ObjectPlaces, PixelMask, Point } from './localization/groundTruth.js';
export { PointingGame } from './localization/pointingGame.js';
export type { PointedClass } from './localization/pointingGame.js';
export { PointwiseLocalization } from './localization/pointwiseLocalization.js';
export type { ScoredPoint } from './localization/pointwiseLocalization.js';
export { largestBox } from './localization/thresholdBoxes.js';
export { TopKAccuracy } from './topKAccuracy.js';
