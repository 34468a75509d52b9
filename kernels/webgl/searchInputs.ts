import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { runProgram } from './backend.js';
import { BagsProgram } from './bagsProgram.js';
import { ColumnsProgram, isPacked } from './columnsProgram.js';

/** Brings maps, mask and plan into the textures that the search reads, and disposes them after `run`. */
export function withSearchInputs<T>(
  backend: MathBackendWebGL, { x, mask, plan }: WeldonPoolInputs, attrs: PoolingPlan, run: (inputs: TensorInfo[]) => T): T {
  const columns = runProgram(backend, new ColumnsProgram(x.shape, isPacked(backend, x.dataId)), [x], 'float32', x.shape, attrs);
  const inputs = [columns];
  if (mask !== undefined && plan !== undefined) {
    inputs.push(runProgram(backend, new BagsProgram(x.shape), [mask, plan], 'float32', x.shape, attrs));
  }
  const result = run(inputs);
  for (const input of inputs) {
    backend.disposeIntermediateTensorInfo(input);
  }
  return result;
}
