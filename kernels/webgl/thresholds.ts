import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolingPlan, WeldonPoolInputs } from '../contract.js';
import type { MathBackendWebGL } from './backend.js';
import { PackedProgram, runProgram } from './backend.js';
import { ColumnsProgram, isPacked } from './columnsProgram.js';
import { SearchProgram } from './searchProgram.js';
import { ThresholdProgram } from './thresholdProgram.js';
import { columnTexels, texels } from './texels.js';

/** Each bag's plan in one texel, then its mask, four instances a texel, 0 beyond the last: `[batch, 2, 2 · texels]`. */
class BagsProgram extends PackedProgram {
  readonly userCode: string;

  constructor([batch, regions]: number[]) {
    super(['mask', 'plan'], [batch, 2, 2 * (1 + columnTexels(regions))]);
    this.userCode = `
      ${texels}

      vec4 rowOf(int bag, vec4 near, vec4 far) {
        return (bag & 1) == 0 ? vec4(near.xy, far.xy) : vec4(near.zw, far.zw);
      }

      void main() {
        int texelsOfBag = (regions + 3) / 4 + 1;
        int texel = outputTexel();
        int bag = texel / texelsOfBag;
        int instance = (texel - bag * texelsOfBag - 1) * 4;
        if (instance < 0) {
          setOutput(rowOf(bag, getPlan(bag, 0), getPlan(bag, 2)));
        } else {
          vec4 valid = rowOf(bag, getMask(bag, instance), getMask(bag, instance + 2));
          bvec4 there = lessThan(ivec4(instance) + ivec4(0, 1, 2, 3), ivec4(regions));
          setOutput(vec4(notEqual(valid, vec4(0))) * vec4(there));
        }
      }
    `;
  }
}

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
