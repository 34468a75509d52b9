import { PackedProgram } from './backend.js';
import { search } from './search.js';

/**
 * Both ends of every map, `[batch · channels, 2, 4]`: a texel for the top, then one for the bottom, each with the
 * threshold's value, the last region index that is taken at it (in units of 2 048, and the rest), and the end's share
 * of the score.
 */
export class SelectProgram extends PackedProgram {
  readonly userCode: string;

  constructor([batch, , channels]: number[], masked: boolean) {
    super(masked ? ['columns', 'bags'] : ['columns'], [batch * channels, 2, 4]);
    this.userCode = `
      ${search(masked)}

      void main() {
        int texel = outputTexel();
        int map = texel / 2;
        int end = texel & 1;
        beginMap(map, end);
        ${masked ? `
        vec4 plan = texelFetch(bags, placeOf(map / channels * (texelsOfMap + 1), bags), 0);
        uint wanted = uint(end == 0 ? plan.x : plan.y);
        float weight = end == 0 ? plan.z : plan.w;` : `
        uint wanted = uint(end == 0 ? counts.x : counts.y);
        float weight = end == 0 ? weights.x : weights.y;`}
        if (wanted == 0u) {
          setOutput(vec4(valueOf(largestKey), 0, -1, 0));
          return;
        }
        Threshold threshold = thresholdOf(searchFor(wanted), weight);
        setOutput(vec4(encoded(threshold), threshold.sum));
      }
    `;
  }
}
