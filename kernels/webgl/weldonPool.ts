import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs, WeldonPoolOutputs } from '../contract.js';
import { WeldonPool } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { PackedProgram, readsBits, runProgram } from './backend.js';
import { stockPool } from './stockOps.js';
import { thresholdsOf } from './thresholds.js';
import { texels } from './texels.js';

/** Adds up the shares of both ends. */
export class ScoresProgram extends PackedProgram {
  override packedOutput = false;
  readonly userCode = `
    ${texels}

    void main() {
      ivec2 place = ivec2(gl_FragCoord.xy);
      int map = place.y * outTexShape[1] + place.x;
      setOutput(texelFetch(selection, placeOf(2 * map, selection), 0).w
        + texelFetch(selection, placeOf(2 * map + 1, selection), 0).w);
    }
  `;

  constructor([batch, , channels]: number[]) {
    super(['selection'], [batch, channels]);
  }
}

/** The selection is a packed texture, as `ThresholdProgram` writes it; through stock ops it is `composedPool`'s. */
export function weldonPool(args: {
  inputs: WeldonPoolInputs;
  attrs: PoolingPlan;
  backend: MathBackendWebGL;
}): TensorInfo[] {
  const { inputs, attrs, backend } = args;
  if (!readsBits()) {
    return stockPool(inputs, attrs);
  }
  const { shape } = inputs.x;
  const selection = thresholdsOf(backend, inputs, attrs, 0);
  const scores = runProgram(backend, new ScoresProgram(shape), [selection], 'float32', shape, attrs);
  return [scores, selection] satisfies WeldonPoolOutputs;
}

export const weldonPoolConfig: KernelConfig = {
  kernelName: WeldonPool,
  backendName: 'webgl',
  kernelFunc: weldonPool as unknown as KernelFunc,
};
