import type { End } from '../composed/ends.js';
import { PackedProgram } from './backend.js';
import { texels } from './texels.js';

/** Takes one end's region indices, −1 where a bag has fewer, or its values, out of what `ThresholdProgram` read out. */
export class PartProgram extends PackedProgram {
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
