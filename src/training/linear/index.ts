export { chooseC } from './crossValidate.js';
export type { ChosenC, CrossValidationOptions } from './crossValidate.js';
export type { FeatureTable } from './featureTable.js';
export { linearScores, predictClasses } from './linearModel.js';
export type { LinearModel } from './linearModel.js';
export { trainLinearSoftmax } from './linearSoftmax.js';
export type { LinearSoftmaxOptions, TrainedSoftmax } from './linearSoftmax.js';
export { trainLinearSvm } from './linearSvm.js';
export type { LinearSvmOptions, TrainedSvm } from './linearSvm.js';
