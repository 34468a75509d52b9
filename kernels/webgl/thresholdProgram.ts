import { PackedProgram } from './backend.js';
import { columnReader } from './columnReader.js';

/**
 * The k-th regions themselves, `[batch · channels, 2, 4]`: a texel for the top, then one for the bottom, each with the
 * k-th region's value, its index (in units of 2 048, and the rest: half floats hold both), and the end's share of the
 * score. A region is selected if its value lies beyond that one, or equals it at an index up to that one. Where an end
 * has no regions, the index is −1.
 *
 * @param places as for `SearchProgram`; with them `[batch · places · channels, 2, 4]`
 */
export class ThresholdProgram extends PackedProgram {
  readonly userCode: string;

  constructor([batch, , channels]: number[], places: number, masked: boolean) {
    super(masked ? ['columns', 'found', 'bags'] : ['columns', 'found'], [batch * Math.max(places, 1) * channels, 2, 4]);
    this.userCode = `
      ${columnReader(masked)}

      void main() {
        int end = outputTexel() & 1;
        int element = outputTexel() / 2;
        int row = element / channels;
        int channel = element - row * channels;
        ${
          places > 0
            ? `
        int places = max(counts.x, counts.y);
        int bag = row / places;
        int wanted = row - bag * places + 1;`
            : `
        int bag = row;
        int wanted = int(end == 0 ? planOf(bag).x : planOf(bag).y);`
        }
        vec4 plan = planOf(bag);
        float weight = end == 0 ? plan.z : plan.w;
        if (wanted == 0 || wanted > int(end == 0 ? plan.x : plan.y)) {
          setOutput(vec4(end == 0 ? infinity : -infinity, 0, -1, 0));
          return;
        }
        beginMap(bag * channels + channel, end);
        vec2 result = texelFetch(found, placeOf(outputTexel(), found), 0).xy;
        float bound = result.x;
        int room = int(result.y);
        if (room < 0) {
          room = wanted;
          seek(0);
          for (int texel = 0; texel < texelsOfMap; texel++) {
            readNext(texel);
            room -= int(dot(vec4(greaterThan(values, vec4(bound))), vec4(1)));
          }
        }

        // Where exactly k regions reach the bound, the least of them is the k-th, and all that equal it are taken.
        bool takesAll = room == 0;
        vec4 sums = vec4(takesAll ? 0. : float(room) * weight * bound, 0, 0, 0);
        vec4 least = vec4(infinity);
        int index = regions - 1;
        uvec4 magnitudes = uvec4(0u);
        seek(0);
        for (int texel = 0; texel < texelsOfMap; texel++) {
          readNext(texel);
          magnitudes = max(magnitudes, floatBitsToUint(values) & 0x7fffffffu);
          vec4 shares = mix(vec4(0), values * weight, present);
          if (takesAll) {
            sums += mix(vec4(0), shares, greaterThanEqual(values, vec4(bound)));
            least = min(least, mix(vec4(infinity), values, greaterThanEqual(values, vec4(bound))));
          } else {
            sums += mix(vec4(0), shares, greaterThan(values, vec4(bound)));
            if (room > 0 && any(equal(values, vec4(bound)))) {
              for (int i = 0; i < 4; i++) {
                if (room > 0 && present[i] && values[i] == bound) {
                  index = texel * 4 + i;
                  room--;
                }
              }
            }
          }
        }
        float value = takesAll ? min(min(least.x, least.y), min(least.z, least.w)) : bound;
        ${
          places > 0
            ? `
        if (takesAll) {
          seek(0);
          for (int texel = 0; texel < texelsOfMap; texel++) {
            readNext(texel);
              if (any(equal(values, vec4(value)))) {
              for (int i = 0; i < 4; i++) {
                index = present[i] && values[i] == value ? texel * 4 + i : index;
              }
            }
          }
        }`
            : ''
        }
        bool holdsNaN = any(greaterThan(magnitudes, uvec4(0x7f800000u)));
        float sum = holdsNaN ? NAN : sign * dot(sums, vec4(1));
        setOutput(vec4(sign * value, index / 2048, index & 2047, sum));
      }
    `;
  }
}
