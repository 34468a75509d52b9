import { checkKeys, expected } from '../errors.js';
import { mixSeeds, randomBits } from '../random.js';

export interface BootstrapOptions {
  /** Samples drawn, >= 1. Default 1000. */
  samples?: number;
  /** Share of the resampled values that lies in the interval, 0 < level < 1. Default 0.95. */
  level?: number;
  /** Default 0. */
  seed?: number;
}

/** A metric of some examples, given by their numbers with repetitions. */
export type Statistic = (members: ArrayLike<number>) => number;

/** The mean of what each example gave: 1 and 0 for right and wrong make the part that is right. */
export function average(values: ArrayLike<number>): Statistic {
  return (members) => {
    let sum = 0;
    for (let i = 0; i < members.length; i++) {
      sum += values[members[i]];
    }
    return sum / members.length;
  };
}

export interface Interval {
  low: number;
  high: number;
}

/** The value below which a part of sorted values lies, between two of them where it falls there. */
export function quantile(sorted: readonly number[], part: number): number {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/**
 * How far a metric would move with another sample of as many examples: draws examples with replacement, measures, and
 * gives the middle part of what comes out (percentile bootstrap, Efron 1979). Figures that are NaN, as of a draw without
 * any positive, are left out. It tells of the choice of test examples alone, not of training.
 *
 * @param count examples, >= 1
 * @param metric the metric of examples given by number, with repetitions
 * @returns low and high end; NaN if no draw gave a number
 * @throws WeldonError if an option is out of range
 *
 * @example
 * bootstrapInterval(right.length, (members) => members.reduce((sum, i) => sum + right[i], 0) / members.length);
 */
export function bootstrapInterval(
  count: number,
  metric: (members: Int32Array) => number,
  options: BootstrapOptions = {},
): Interval {
  return bootstrapIntervals(count, (members) => [metric(members)], options, 'bootstrapInterval')[0];
}

/**
 * As {@link bootstrapInterval}, for several metrics of the same draws.
 *
 * @param metrics the metrics of examples given by number, the same number of them for each draw
 */
export function bootstrapIntervals(
  count: number,
  metrics: (members: Int32Array) => ArrayLike<number>,
  options: BootstrapOptions = {},
  owner = 'bootstrapIntervals',
): Interval[] {
  checkKeys(options, 'samples level seed', owner);
  const { samples = 1000, level = 0.95, seed = 0 } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw expected(`count for ${owner}`, 'a whole number >= 1', count);
  }
  if (!Number.isInteger(samples) || samples < 1) {
    throw expected(`samples for ${owner}`, 'a whole number >= 1', samples);
  }
  if (!(level > 0 && level < 1)) {
    throw expected(`level for ${owner}`, 'a number with 0 < level < 1', level);
  }
  const draw = randomBits(mixSeeds(seed));
  const members = new Int32Array(count);
  const drawn: ArrayLike<number>[] = [];
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < count; i++) {
      members[i] = Math.floor((draw() / 2 ** 32) * count);
    }
    drawn.push(metrics(members));
  }
  return Array.from(drawn[0], (_, metric) => {
    const values = drawn.map((found) => found[metric]).filter((value) => !Number.isNaN(value));
    values.sort((a, b) => a - b);
    return values.length === 0
      ? { low: NaN, high: NaN }
      : { low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
  });
}
