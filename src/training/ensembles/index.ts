export { averageProbabilities, learnEnsembleWeights } from './combineProbabilities.js';
export type { EnsembleWeightsOptions } from './combineProbabilities.js';
export { concatenateScores, trainObjectBank } from './objectBank.js';
export type { ObjectBankOptions } from './objectBank.js';
