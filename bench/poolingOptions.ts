/** Options that the benchmarks of the pooling share; what they cannot read ends the process with a sentence. */
import type { Contender, PoolingShape } from './poolingRuns.js';
import { allContenders, poolingShapes } from './poolingRuns.js';

/** For `parseArgs`. */
export const poolingOptions = {
  shapes: { type: 'string' },
  contenders: { type: 'string', default: allContenders.join(',') },
  seconds: { type: 'string', default: '2' },
  json: { type: 'string' },
} as const;

export function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

/** @param values as `parseArgs` reads `poolingOptions` */
export function readPoolingOptions(values: { shapes?: string; contenders: string; seconds: string }) {
  const shapes =
    values.shapes === undefined
      ? poolingShapes
      : values.shapes
          .split(',')
          .map(
            (number): PoolingShape =>
              poolingShapes[Number(number) - 1] ??
              refuse(`Expected shapes to be numbers from 1 to ${poolingShapes.length} but received ${number}`),
          );
  const contenders = values.contenders
    .split(',')
    .map(
      (name): Contender =>
        allContenders.find((each) => each === name) ??
        refuse(`Expected contenders to be of ${allContenders.join(', ')} but received ${name}`),
    );
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) {
    refuse(`Expected seconds to be a number above 0 but received ${values.seconds}`);
  }
  return { shapes, contenders, seconds };
}
