import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolGradInputs } from '../contract.js';
import { WeldonPoolGrad } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { PackedProgram, readsBits, runProgram } from './backend.js';
import { stockPoolGrad } from './stockOps.js';
import { texels } from './texels.js';

/**
 * One pass over the maps, two regions by two channels a texel: a region receives dy · weight for each end that took
 * it, which the thresholds tell.
 */
export class GradProgram extends PackedProgram {
  readonly userCode: string;

  constructor(shape: number[], masked: boolean) {
    super(masked ? ['x', 'dy', 'selection', 'mask', 'plan'] : ['x', 'dy', 'selection'], shape);
    this.userCode = `
      ${texels}

      vec2 selected(vec2 values, vec2 valid, int region, vec4 top, vec4 bottom, vec2 weight) {
        ivec2 last = ivec2(top.y, bottom.y) * 2048 + ivec2(top.z, bottom.z);
        vec2 slope = vec2(0);
        for (int i = 0; i < 2; i++) {
          if (valid.x != 0.) {
            slope.x += values.x > top.x || (values.x == top.x && region + i <= last.x) ? weight.x : 0.;
            slope.x += values.x < bottom.x || (values.x == bottom.x && region + i <= last.y) ? weight.y : 0.;
          }
          slope = slope.yx;
          values = values.yx;
          valid = valid.yx;
        }
        return slope;
      }

      vec2 gradient(vec2 values, vec2 valid, int map, int region, float slope, vec2 weight) {
        vec4 top = texelFetch(selection, placeOf(2 * map, selection), 0);
        vec4 bottom = texelFetch(selection, placeOf(2 * map + 1, selection), 0);
        vec2 share = selected(values, valid, region, top, bottom, weight);
        return mix(share * slope, vec2(0), equal(share, vec2(0)));
      }

      void main() {
        int texelsOfRow = (channels + 1) / 2;
        int texelsOfBag = texelsOfRow * ((regions + 1) / 2);
        int texel = outputTexel();
        int bag = texel / texelsOfBag;
        texel -= bag * texelsOfBag;
        int region = texel / texelsOfRow;
        int channel = (texel - region * texelsOfRow) * 2;
        region *= 2;
        bool even = (bag & 1) == 0;
        ${
          masked
            ? `
        vec4 validOfTwo = getMask(bag, region);
        vec2 valid = even ? validOfTwo.xy : validOfTwo.zw;
        vec4 weightsOfTwo = getPlan(bag, 2);
        vec2 weight = even ? weightsOfTwo.xy : weightsOfTwo.zw;`
            : `
        vec2 valid = vec2(1);
        vec2 weight = weights;`
        }
        vec4 slopesOfTwo = getDy(bag, channel);
        vec2 slopes = even ? slopesOfTwo.xy : slopesOfTwo.zw;
        vec4 values = getX(bag, region, channel);
        int map = bag * channels + channel;
        vec2 left = gradient(values.xz, valid, map, region, slopes.x, weight);
        vec2 right = vec2(0);
        if (channel + 1 < channels) {
          right = gradient(values.yw, valid, map + 1, region, slopes.y, weight);
        }
        setOutput(vec4(left.x, right.x, left.y, right.y));
      }
    `;
  }
}

export function weldonPoolGrad(args: {
  inputs: WeldonPoolGradInputs;
  attrs: PoolingPlan;
  backend: MathBackendWebGL;
}): TensorInfo {
  const { inputs, attrs, backend } = args;
  if (!readsBits()) {
    return stockPoolGrad(inputs, attrs);
  }
  const { x, dy, selection, mask, plan } = inputs;
  const masked = mask !== undefined && plan !== undefined;
  const textures = masked ? [x, dy, selection, mask, plan] : [x, dy, selection];
  return runProgram(backend, new GradProgram(x.shape, masked), textures, 'float32', x.shape, attrs);
}

export const weldonPoolGradConfig: KernelConfig = {
  kernelName: WeldonPoolGrad,
  backendName: 'webgl',
  kernelFunc: weldonPoolGrad as unknown as KernelFunc,
};
