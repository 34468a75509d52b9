import { PackedProgram } from './backend.js';
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
