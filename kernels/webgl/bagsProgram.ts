import { PackedProgram } from './backend.js';
import { columnTexels, texels } from './texels.js';

/** Each bag's plan in one texel, then its mask, four instances a texel, 0 beyond the last: `[batch, 2, 2 · texels]`. */
export class BagsProgram extends PackedProgram {
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
