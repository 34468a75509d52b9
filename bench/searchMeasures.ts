/** Figures that the benchmark of the search states. */
import { bootstrapInterval } from '../src/metrics/bootstrap.js';
import { argsortDescending } from '../src/metrics/argsort.js';

/** A mean with its 95 % interval. */
export interface Figure {
  value: number;
  low: number;
  high: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export function figure(values: readonly number[]): Figure {
  const { low, high } = bootstrapInterval(values.length, (members) => mean(Array.from(members, (i) => values[i])));
  return { value: mean(values), low, high };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The chance that one of `positive` is above one of `negative` (area under the ROC curve). */
export function areaUnderRoc(positive: readonly number[], negative: readonly number[]): number {
  let above = 0;
  positive.forEach((p) => negative.forEach((n) => (above += p > n ? 1 : p === n ? 0.5 : 0)));
  return above / (positive.length * negative.length);
}

/** For each point, the others from the nearest to the farthest. */
function neighbors(points: readonly ArrayLike<number>[]): Uint32Array[] {
  return points.map((own, i) => {
    const near = Float32Array.from(points, (other, j) => {
      let sum = 0;
      for (let k = 0; k < own.length; k++) {
        sum += (own[k] - other[k]) ** 2;
      }
      return j === i ? -Infinity : -sum;
    });
    return argsortDescending(near).slice(0, -1);
  });
}

/**
 * How far neighbours on a map are neighbours in truth (Venna and Kaski 2001, equation 1), and how many labels the ten
 * nearest on the map guess right.
 */
export function mapQuality(
  truth: readonly ArrayLike<number>[],
  places: Float32Array,
  labels: readonly string[],
  k = 12,
): { trustworthiness: number; nearestTen: number } {
  const n = truth.length;
  const onMap = neighbors(Array.from({ length: n }, (_, i) => places.subarray(2 * i, 2 * i + 2)));
  const inTruth = neighbors(truth);
  let intruders = 0;
  let right = 0;
  for (let i = 0; i < n; i++) {
    const rank = new Map(Array.from(inTruth[i], (j, at) => [j, at + 1]));
    for (const j of onMap[i].subarray(0, k)) {
      intruders += Math.max(0, rank.get(j)! - k);
    }
    const votes = new Map<string, number>();
    onMap[i].subarray(0, 10).forEach((j) => votes.set(labels[j], (votes.get(labels[j]) ?? 0) + 1));
    const [guess] = [...votes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0];
    right += guess === labels[i] ? 1 : 0;
  }
  return { trustworthiness: 1 - (2 * intruders) / (n * k * (2 * n - 3 * k - 1)), nearestTen: right / n };
}
