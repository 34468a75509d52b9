export { addGradients, clipByGlobalNorm, globalNorm, lossAndGradients } from './gradients.js';
export type { LossAndGradients } from './gradients.js';
export { checkSchedule, learningRateFactor } from './learningRate.js';
export type { Schedule } from './learningRate.js';
export { checkRule, createOptimizer } from './optimizer.js';
export type { Optimizer, OptimizerRule, OptimizerState, TrainedWeight } from './optimizer.js';
