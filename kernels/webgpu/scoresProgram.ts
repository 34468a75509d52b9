import { PoolingProgram } from './backend.js';
import { selectionRows } from './selectProgram.js';

/** Copies the scores out of the selection; a program writes one buffer, so they cannot be written at once. */
export class ScoresProgram extends PoolingProgram {
  constructor([batch, , channels]: number[]) {
    super('weldonScores', ['selection'], [batch, channels], batch * channels, 64);
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        let channels = uniforms.outShape.y;
        if (index < uniforms.outShape.x * channels) {
          let bag = index / channels;
          result[index] = bitcast<f32>(selection[(bag * 5 + ${selectionRows.scoreBits}) * channels + index % channels]);
        }
      }
    `;
  }
}
