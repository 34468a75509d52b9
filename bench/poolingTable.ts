/** One benchmark result as text, for terminals and pages alike. */
import type { Contender, PoolingResult, PoolingTiming } from './poolingRuns.js';
import { allContenders } from './poolingRuns.js';

const passes = ['forward', 'forward+backward'] as const;

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function bytes(value: number): string {
  return value >= 2 ** 20 ? `${(value / 2 ** 20).toFixed(1)} MB` : `${(value / 1024).toFixed(1)} kB`;
}

function line(name: Contender, timing: PoolingTiming, ours: PoolingTiming | undefined): string {
  const [low, high] = timing.quartiles;
  return [
    `    ${name}`.padEnd(16),
    milliseconds(timing.median).padStart(7),
    `(${milliseconds(low)} – ${milliseconds(high)})`.padEnd(18),
    (name === 'ours' || ours === undefined ? '' : `${(timing.median / ours.median).toFixed(1)} ×`).padStart(8),
    bytes(timing.peakBytes).padStart(10),
    `${timing.runs} runs`.padStart(10),
  ].join(' ');
}

/** A block of lines: the shape, then each pass with its contenders. */
export function renderPooling({ shape, k, timings }: PoolingResult): string {
  return [
    `(${shape.join(', ')}) k = ${k}`,
    ...passes
      .filter((pass) => Object.keys(timings[pass]).length > 0)
      .flatMap((pass) => [
        `  ${pass}`,
        ...allContenders.flatMap((name) => {
          const timing = timings[pass][name];
          return timing === undefined ? [] : [line(name, timing, timings[pass].ours)];
        }),
      ]),
  ].join('\n');
}
