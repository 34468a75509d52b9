import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { End } from '../composed/ends.js';
import type { PoolingPlan, WeldonRegionsInputs, WeldonRegionsOutputs } from '../contract.js';
import { WeldonRegions } from '../contract.js';
import { weldonRegions as regionsOnHost } from '../cpu/weldonRegions.js';
import type { MathBackendWebGL } from './backend.js';
import { PackedProgram, readsBits, runProgram, storesFloat32 } from './backend.js';
import { stockRegions } from './stockOps.js';
import { thresholdsOf } from './thresholds.js';
import { texels } from './texels.js';

/** Takes one end's region indices, −1 where a bag has fewer, or its values, out of what `ThresholdProgram` read out. */
class PartProgram extends PackedProgram {
  override packedOutput = false;
  readonly userCode: string;

  /** @param shape `[batch, k of this end, channels]` */
  constructor(shape: number[], end: End, part: 'indices' | 'values') {
    super(['thresholds'], shape);
    const count = end === 'top' ? 'x' : 'y';
    this.userCode = `
      ${texels}

      void main() {
        ivec2 place = ivec2(gl_FragCoord.xy);
        int element = place.y * outTexShape[1] + place.x;
        int row = element / channels;
        int bag = row / counts.${count};
        int found = ((row - bag * counts.${count} + bag * max(counts.x, counts.y)) * channels + element - row * channels);
        vec4 region = texelFetch(thresholds, placeOf(2 * found + ${end === 'top' ? 0 : 1}, thresholds), 0);
        setOutput(${part === 'values' ? 'region.z < 0. ? 0. : region.x' : 'region.y * 2048. + region.z'});
      }
    `;
  }
}

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
