export { apRanking } from './apRanking.js';
export type { ApRankingOptions } from './apRanking.js';
export { apRankingOptimum } from './apRankingOracle.js';
export type { ApRankingOptimum, RankingNormalization } from './apRankingOracle.js';
export { multiLabelSoftMargin, oneVsAllLogistic } from './logistic.js';
export type { Loss, LossOptions } from './loss.js';
export { softmaxCrossEntropy } from './softmaxCrossEntropy.js';
export { squaredHinge } from './squaredHinge.js';
