import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { End } from '../composed/ends.js';
import type { PoolingPlan, WeldonRegionsInputs, WeldonRegionsOutputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import type { WebGPUBackend } from './backend.js';
import { maskInputs, runProgram } from './backend.js';
import { CollectProgram, OrderProgram, ValuesProgram } from './regionPrograms.js';
import { SelectProgram } from './selectProgram.js';

export function weldonRegions(args: {
  inputs: WeldonRegionsInputs;
  attrs: PoolingPlan;
  backend: WebGPUBackend;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  const { x, mask } = inputs;
  const masked = mask !== undefined;
  const [batch, , channels] = x.shape;
  const selection = runProgram(backend, new SelectProgram(x.shape, masked), [x, ...maskInputs(inputs)], 'int32', attrs);

  const readEnd = (end: End, most: number): [TensorInfo, TensorInfo] => {
    const shape = [batch, most, channels];
    if (most === 0) {
      return [
        backend.makeTensorInfo(shape, 'int32', new Int32Array(0)),
        backend.makeTensorInfo(shape, 'float32', new Float32Array(0)),
      ];
    }
    const collect = new CollectProgram(x.shape, most, end, masked);
    const collected = runProgram(
      backend,
      collect,
      mask === undefined ? [x, selection] : [x, selection, mask],
      'int32',
      attrs,
    );
    const indices = runProgram(backend, new OrderProgram(collected.shape), [collected], 'int32', attrs);
    backend.disposeData(collected.dataId);
    return [indices, runProgram(backend, new ValuesProgram(shape), [x, indices], 'float32', attrs)];
  };

  const top = readEnd('top', attrs.topCount);
  const bottom = readEnd('bottom', attrs.bottomCount);
  backend.disposeData(selection.dataId);
  return [...top, ...bottom] satisfies WeldonRegionsOutputs;
}

export const weldonRegionsConfig: KernelConfig = {
  kernelName: WeldonRegions,
  backendName: 'webgpu',
  kernelFunc: weldonRegions as unknown as KernelFunc,
};
