export { Accuracy, MeanClassAccuracy } from './accuracy.js';
export type { AccuracySummary } from './accuracy.js';
export { averagePrecision, MeanAveragePrecision } from './averagePrecision.js';
export type { AveragePrecisionSummary, PrecisionRule } from './averagePrecision.js';
export { bootstrapInterval } from './bootstrap.js';
export type { BootstrapOptions, Interval } from './bootstrap.js';
export { ConfusionMatrix } from './confusionMatrix.js';
export type { ConfusionSummary } from './confusionMatrix.js';
