import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { runProgram } from './backend.js';
import { BagsProgram } from './bagsProgram.js';
import { ColumnsProgram, isPacked } from './columnsProgram.js';
import { SearchProgram } from './searchProgram.js';
import { ThresholdProgram } from './thresholdProgram.js';

/** The texture that `ThresholdProgram` writes: of the plan's counts, or of every count from 1 to `places`. */
export function thresholdsOf(
  backend: MathBackendWebGL,
  { x, mask, plan }: WeldonPoolInputs,
  attrs: PoolingPlan,
  places: number,
): TensorInfo {
  const { shape } = x;
  const masked = mask !== undefined && plan !== undefined;
  const toColumns = new ColumnsProgram(shape, isPacked(backend, x.dataId));
  const columns = runProgram(backend, toColumns, [x], 'float32', shape, attrs);
  const bags = masked ? [runProgram(backend, new BagsProgram(shape), [mask, plan], 'float32', shape, attrs)] : [];
  const found = runProgram(
    backend,
    new SearchProgram(shape, attrs, places, masked),
    [columns, ...bags],
    'float32',
    shape,
    attrs,
  );
  const thresholds = runProgram(
    backend,
    new ThresholdProgram(shape, places, masked),
    [columns, found, ...bags],
    'float32',
    shape,
    attrs,
  );
  for (const intermediate of [columns, found, ...bags]) {
    backend.disposeIntermediateTensorInfo(intermediate);
  }
  return thresholds;
}
