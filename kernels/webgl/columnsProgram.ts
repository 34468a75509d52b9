import type { MathBackendWebGL } from './backend.js';
import { PackedProgram } from './backend.js';
import { columnTexels, texels } from './texels.js';

/**
 * Maps one after the other, four regions a texel: `[batch · channels, 2, 2 · texels]`. The search reads every map
 * several times, and so reads a quarter of the texels, all of them neighbours. −0 becomes +0 on the way.
 */
export class ColumnsProgram extends PackedProgram {
  readonly userCode: string;

  /** @param packed whether the maps are in a packed texture, or not yet in any */
  constructor([batch, regions, channels]: number[], packed: boolean) {
    super(['x'], [batch * channels, 2, 2 * columnTexels(regions)]);
    this.packedInputs = packed;
    this.userCode = `
      ${texels}

      vec4 regionsAt(int bag, int region, int channel) {
        ${
          packed
            ? `
        vec4 near = getX(bag, region, channel);
        vec4 far = getX(bag, region + 2, channel);
        return (channel & 1) == 0 ? vec4(near.xz, far.xz) : vec4(near.yw, far.yw);`
            : `
        int width = textureSize(x, 0).x;
        int index = (bag * regions + region) * channels + channel + offsetx;
        ivec2 place = ivec2(0, index / width);
        place.x = index - place.y * width;
        vec4 values;
        for (int i = 0; i < 4; i++) {
          values = vec4(values.yzw, texelFetch(x, place, 0).r);
          place.x += channels;
          while (place.x >= width) {
            place = ivec2(place.x - width, place.y + 1);
          }
        }
        return values;`
        }
      }

      void main() {
        int texelsOfMap = (regions + 3) / 4;
        int texel = outputTexel();
        int map = texel / texelsOfMap;
        int bag = map / channels;
        vec4 values = regionsAt(bag, (texel - map * texelsOfMap) * 4, map - bag * channels);
        uvec4 bits = floatBitsToUint(values);
        setOutput(uintBitsToFloat(bits * uvec4(notEqual(bits, uvec4(0x80000000u)))));
      }
    `;
  }
}

/** Maps in an unpacked texture are read as they are; all others, also those still to be uploaded, packed. */
export function isPacked(backend: MathBackendWebGL, dataId: object): boolean {
  const data = backend.texData.get(dataId);
  return data.texture == null || data.isPacked === true;
}
