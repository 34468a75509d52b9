import type { FineTuneOptions } from '../../../../src/training/fineTuneOptions.js';

export const toyRun: FineTuneOptions = {
  strategy: 'fineTune',
  epochs: 6,
  learningRate: 0.01,
  optimizer: { kind: 'adam' },
  schedule: { kind: 'cosine' },
  checkpointEvery: 1,
  seed: 4,
};
