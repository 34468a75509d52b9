import { bootstrapInterval } from '../../../metrics/bootstrap.js';
import type { Statistic } from '../../../metrics/bootstrap.js';
import type { Estimate } from '../../report/results.js';

/** Names of the tests that compare methods. */
export interface TestWords {
  paired: string;
  mcNemar: string;
}

export function testWords(splits: number): TestWords {
  const several = splits > 1;
  return {
    paired: `paired bootstrap over images, mean of the ${several ? 'seeds and splits' : 'seeds'}`,
    mcNemar: `exact McNemar, first seed${several ? ' and split' : ''}`,
  };
}

/** What the tests are, for readers. */
export function testDefinitions(splits: number, multiLabel: boolean): { name: string; explained: string }[] {
  const { paired, mcNemar } = testWords(splits);
  const drawn =
    splits > 1
      ? 'as many images as all splits measure together are drawn with replacement, and each ' +
        'split measures those of them that it tests'
      : 'as many test images as there are are drawn with replacement';
  return [
    {
      name: paired,
      explained:
        `Both methods are measured on the same images: ${drawn}. The interval holds the middle 95 % of the ` +
        "draws' differences; p is twice the share of draws on the other side of zero, the images as they are counted " +
        'as a draw (Efron and Tibshirani, An introduction to the bootstrap, 1993; Davison and Hinkley, Bootstrap methods ' +
        'and their application, 1997). It tells of the choice of test images, not of training',
    },
    ...(multiLabel
      ? []
      : [
          {
            name: mcNemar,
            explained:
              'Of the images that one of the two methods has right and the other wrong, whether either has more of ' +
              'them than chance would give: two-sided binomial test with one half (McNemar, Psychometrika 1947). The ' +
              'difference and its interval are those of the paired bootstrap for this training alone',
          },
        ]),
  ];
}

/**
 * The exact McNemar test of two methods on the same images: of those that one of the two has right, whether either has
 * more of them than chance would give (McNemar 1947; two-sided binomial with p = 1/2).
 *
 * @param a 1 for each image that the first has right
 * @param b the same for the second
 *
 * @example
 * mcNemar([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]); // { onlyA: 5, onlyB: 0, p: 0.0625 }
 */
export function mcNemar(a: ArrayLike<number>, b: ArrayLike<number>): { onlyA: number; onlyB: number; p: number } {
  let [onlyA, onlyB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    onlyA += a[i] !== 0 && b[i] === 0 ? 1 : 0;
    onlyB += a[i] === 0 && b[i] !== 0 ? 1 : 0;
  }
  const n = onlyA + onlyB;
  const less = Math.min(onlyA, onlyB);
  // Logarithms, for 2^n is beyond what numbers hold where many images differ.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= less; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(n - k) - Math.log(k + 1);
  }
  return { onlyA, onlyB, p: Math.min(1, 2 * tail) };
}

/** What the metric of one split is computed by. */
export interface SplitStatistic {
  /** one for each seed, or for the first alone */
  each: Statistic[];
  /** what tells the images that are measured; an image has the same word in all splits */
  images: readonly string[];
}

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const valueOf = ({ each, images }: SplitStatistic) => mean(each.map((statistic) => statistic(all(images.length))));

/** What a draw of images gives in one split: those of them that it measures, until the next draw. */
type Draw = (drawn: Int32Array) => ArrayLike<number>;

/** Images of all splits together, and how each split finds its own among them. */
function together(splits: readonly SplitStatistic[]): { count: number; draws: Draw[] } {
  if (splits.length === 1) {
    return { count: splits[0].images.length, draws: [(drawn) => drawn] };
  }
  const numbers = new Map<string, number>();
  splits.forEach(({ images }) =>
    images.forEach((image) => {
      numbers.set(image, numbers.get(image) ?? numbers.size);
    }),
  );
  const draws = splits.map(({ images }): Draw => {
    const positions = new Int32Array(numbers.size).fill(-1);
    images.forEach((image, place) => {
      positions[numbers.get(image) as number] = place;
    });
    const found = new Int32Array(numbers.size);
    return (drawn) => {
      let count = 0;
      for (let i = 0; i < drawn.length; i++) {
        if (positions[drawn[i]] >= 0) {
          found[count++] = positions[drawn[i]];
        }
      }
      return found.subarray(0, count);
    };
  });
  return { count: numbers.size, draws };
}

/** The mean over splits and seeds for a draw of images. */
function ofDraw(splits: readonly SplitStatistic[], draws: readonly Draw[]): (drawn: Int32Array) => number {
  return (drawn) =>
    mean(
      splits.map(({ each }, i) => {
        const members = draws[i](drawn);
        return mean(each.map((statistic) => statistic(members)));
      }),
    );
}

/**
 * The mean over splits and seeds, with an interval by bootstrap over images: a draw takes as many images as all
 * splits measure together, with replacement, and each split measures those of them that it has. So an image that
 * several splits measure counts as one image, and intervals of several splits are narrower than those of one only as
 * far as their images are others.
 *
 * @param samples draws; fewer for slow metrics
 */
export function estimateOf(splits: readonly SplitStatistic[], samples: number): Estimate {
  const { count, draws } = together(splits);
  const values =
    splits.length > 1
      ? splits.map(valueOf)
      : splits[0].each.map((statistic) => statistic(all(splits[0].images.length)));
  const { low, high } = bootstrapInterval(count, ofDraw(splits, draws), { samples });
  return { value: mean(values), low, high, ...(values.length > 1 ? { each: values } : {}) };
}

/**
 * How much more one method has than another, paired: both measure the same draws of images. The interval is as in
 * `estimateOf`; p is twice the share of draws on the other side of zero, the draw of the images as they are counted in
 * (Davison and Hinkley, Bootstrap methods and their application, 1997, section 4.2).
 */
export function differenceOf(
  method: readonly SplitStatistic[],
  against: readonly SplitStatistic[],
  samples: number,
): { difference: Estimate; p: number | null } {
  const { count, draws } = together(method);
  const [a, b] = [ofDraw(method, draws), ofDraw(against, draws)];
  let [drawn, below, above] = [0, 0, 0];
  const { low, high } = bootstrapInterval(
    count,
    (members) => {
      const value = a(members) - b(members);
      drawn += Number.isNaN(value) ? 0 : 1;
      below += value <= 0 ? 1 : 0;
      above += value >= 0 ? 1 : 0;
      return value;
    },
    { samples },
  );
  const value = mean(method.map(valueOf)) - mean(against.map(valueOf));
  return {
    difference: { value, low, high },
    p: drawn === 0 ? null : Math.min(1, (2 * (Math.min(below, above) + 1)) / (drawn + 1)),
  };
}
