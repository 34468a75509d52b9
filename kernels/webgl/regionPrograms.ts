import type { End } from '../composed/ends.js';
import { PackedProgram } from './backend.js';
import { search } from './search.js';

/**
 * One end's regions in order, one texel each, `[batch · most · channels, 2, 2]`: the j-th is what the search finds for
 * a count of j. Value, region index in units of 2 048, the rest; −1 where a bag has fewer.
 */
export class RegionsProgram extends PackedProgram {
  readonly userCode: string;

  constructor([batch, , channels]: number[], most: number, end: End, masked: boolean) {
    super(masked ? ['columns', 'bags'] : ['columns'], [batch * most * channels, 2, 2]);
    const count = end === 'top' ? 'x' : 'y';
    this.userCode = `
      ${search(masked)}

      void main() {
        int row = outputTexel() / channels;
        int channel = outputTexel() - row * channels;
        int bag = row / counts.${count};
        int place = row - bag * counts.${count};
        int map = bag * channels + channel;
        beginMap(map, ${end === 'top' ? 0 : 1});
        ${masked ? `
        if (place >= int(texelFetch(bags, placeOf(bag * (texelsOfMap + 1), bags), 0).${count})) {
          setOutput(vec4(0, 0, -1, 0));
          return;
        }` : ''}
        setOutput(vec4(encoded(thresholdOf(searchFor(uint(place + 1)), 0.)), 0));
      }
    `;
  }
}

/** Takes one part of what `RegionsProgram` found: the region indices, or the values. */
export class PartProgram extends PackedProgram {
  override packedOutput = false;
  readonly userCode: string;

  constructor(shape: number[], part: 'indices' | 'values') {
    super(['found'], shape);
    this.userCode = `
      void main() {
        ivec2 place = ivec2(gl_FragCoord.xy);
        int element = place.y * outTexShape[1] + place.x;
        int width = textureSize(found, 0).x;
        int row = element / width;
        vec4 region = texelFetch(found, ivec2(element - row * width, row), 0);
        setOutput(${part === 'values' ? 'region.x' : 'region.y * 2048. + region.z'});
      }
    `;
  }
}
