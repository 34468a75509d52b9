import { existsSync, readFileSync } from 'node:fs';
import { conformanceCases } from '../../browser/conformanceCases.js';
import { sharedPath } from '../../shared.js';
import { gradientTolerances, tolerances } from '../../tolerances.js';
import { backendFeatures } from '../backendFeatures.js';
import type { GoldenFile } from '../goldenVectors.js';
import { declareRemoteCases } from '../remoteCases.js';
import { tensorflowCases } from './tensorflowCases.js';
import type { TensorflowProcess } from './tensorflowProcess.js';
import { startTensorflow } from './tensorflowProcess.js';

const goldenPath = existsSync(sharedPath('golden/pooling.json')) ? sharedPath('golden/pooling.json') : null;
const shared = conformanceCases(goldenPath === null ? null : JSON.parse(readFileSync(goldenPath, 'utf8')) as GoldenFile);
const cases = [...shared, ...tensorflowCases];
const context = {
  tolerance: tolerances.tensorflow, gradientTolerance: gradientTolerances.tensorflow, tellsNaN: backendFeatures.tensorflow.nan,
};

describe('pooling kernels [tensorflow]', () => {
  let tensorflow: TensorflowProcess | null = null;
  const start = async (asOnGpu: boolean) => {
    tensorflow ??= await startTensorflow(goldenPath);
    console.log(`      tensorflow: ${tensorflow.device}`);
    return tensorflow.runner(asOnGpu);
  };
  after(async () => {
    await tensorflow?.stop();
  });

  declareRemoteCases('operations for the CPU', cases, context, () => start(false), () => Promise.resolve());
  // No GPU is needed for this: the operations run on the CPU as well.
  const withoutStrategies = cases.filter(({ group }) => group !== 'strategies');
  declareRemoteCases('operations for a GPU', withoutStrategies, context, () => start(true), () => Promise.resolve());
});
