import { isFor } from '../../browser/conformanceCases.js';
import { allCases, goldenPath } from '../allCases.js';
import { declareRemoteCases } from '../declareCases.js';
import { tensorflowCases } from './tensorflowCases.js';
import type { TensorflowProcess } from './tensorflowProcess.js';
import { startTensorflow } from './tensorflowProcess.js';

const cases = [...allCases.filter((each) => isFor(null, each)), ...tensorflowCases];

describe('pooling kernels [tensorflow]', () => {
  let tensorflow: TensorflowProcess | null = null;
  const start = async (asOnGpu: boolean) => {
    tensorflow ??= await startTensorflow(goldenPath);
    return tensorflow.side(asOnGpu);
  };
  after(async () => {
    await tensorflow?.stop();
  });

  declareRemoteCases(
    'operations for the CPU',
    'tensorflow, operations for the CPU',
    cases,
    () => start(false),
    () => Promise.resolve(),
  );
  // No GPU is needed for this: the operations run on the CPU as well.
  const withoutStrategies = cases.filter(({ group }) => group !== 'strategies');
  declareRemoteCases(
    'operations for a GPU',
    'tensorflow, operations for a GPU',
    withoutStrategies,
    () => start(true),
    () => Promise.resolve(),
  );
});
