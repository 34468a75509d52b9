import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { End } from '../composed/ends.js';
import type { PoolingPlan, WeldonRegionsInputs, WeldonRegionsOutputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import { weldonRegions as regionsOnHost } from '../cpu/weldonRegions.js';
import type { MathBackendWebGL } from './backend.js';
import { readsBits, runProgram, storesFloat32 } from './backend.js';
import { PartProgram } from './partProgram.js';
import { stockRegions } from './stockOps.js';
import { thresholdsOf } from './thresholds.js';

/** Integers up to this one are exact as half floats. */
const largestHalfInteger = 2048;

export function weldonRegions(args: {
  inputs: WeldonRegionsInputs;
  attrs: PoolingPlan;
  backend: MathBackendWebGL;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const { shape } = inputs.x;
  const [batch, regions, channels] = shape;
  if (!readsBits()) {
    return stockRegions(inputs, attrs);
  }
  if (regions > largestHalfInteger && !storesFloat32()) {
    // No texture holds such an index, so the maps are read back, as stock `tf.topk` would do.
    return regionsOnHost({
      inputs,
      attrs,
      backend: {
        data: { get: (id) => ({ values: backend.readSync(id) as Float32Array }) },
        makeTensorInfo: (tensorShape, dtype, values) => backend.makeTensorInfo(tensorShape, dtype, values),
      },
    });
  }
  const thresholds = thresholdsOf(backend, inputs, attrs, Math.max(attrs.topCount, attrs.bottomCount));
  const readEnd = (end: End, most: number): [TensorInfo, TensorInfo] => {
    const part = [batch, most, channels];
    return [
      runProgram(backend, new PartProgram(part, end, 'indices'), [thresholds], 'int32', shape, attrs),
      runProgram(backend, new PartProgram(part, end, 'values'), [thresholds], 'float32', shape, attrs),
    ];
  };
  const result = [
    ...readEnd('top', attrs.topCount),
    ...readEnd('bottom', attrs.bottomCount),
  ] satisfies WeldonRegionsOutputs;
  backend.disposeIntermediateTensorInfo(thresholds);
  return result;
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'webgl',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
