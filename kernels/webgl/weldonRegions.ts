import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { End } from '../composed/ends.js';
import type { PoolingPlan, WeldonRegionsInputs, WeldonRegionsOutputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { readsBits, runProgram, storesFloat32 } from './backend.js';
import { PartProgram, RegionsProgram } from './regionPrograms.js';
import { withSearchInputs } from './searchInputs.js';
import { stockRegions } from './stockOps.js';

/** Integers up to this one are exact as half floats. */
const largestHalfInteger = 2048;

export function weldonRegions(
  args: { inputs: WeldonRegionsInputs; attrs: PoolingPlan; backend: MathBackendWebGL }): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const { shape } = inputs.x;
  const [batch, regions, channels] = shape;
  if (!readsBits() || (regions > largestHalfInteger && !storesFloat32())) {
    return stockRegions(inputs, attrs);
  }
  const masked = inputs.mask !== undefined;
  return withSearchInputs(backend, inputs, attrs, (textures) => {
    const readEnd = (end: End, most: number): [TensorInfo, TensorInfo] => {
      const part = [batch, most, channels];
      if (most === 0) {
        return [backend.makeTensorInfo(part, 'int32', new Int32Array(0)), backend.makeTensorInfo(part, 'float32', new Float32Array(0))];
      }
      const found = runProgram(backend, new RegionsProgram(shape, most, end, masked), textures, 'float32', shape, attrs);
      const indices = runProgram(backend, new PartProgram(part, 'indices'), [found], 'int32', shape, attrs);
      const values = runProgram(backend, new PartProgram(part, 'values'), [found], 'float32', shape, attrs);
      backend.disposeIntermediateTensorInfo(found);
      return [indices, values];
    };
    return [...readEnd('top', attrs.topCount), ...readEnd('bottom', attrs.bottomCount)] satisfies WeldonRegionsOutputs;
  });
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'webgl',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
