/** How poolings are told; it loads no TensorFlow.js, for threads that only draw. */
import { expected } from '../errors.js';
import type { GemOptions } from './gemPool.js';
import type { Pooling, PoolingName } from './kinds.js';
import type { LogSumExpOptions } from './logSumExpPool.js';
import type { PoolingOptions } from './options.js';
import { everyRegion } from './regionCounts.js';

/** As the options take it; the count that stands for every region in words. */
const share = (k: number) =>
  k === everyRegion ? 'all' : k > 0 && k < 1 ? `${Number((100 * k).toPrecision(3))}\u00a0%` : String(k);

/** The options of each pooling as a drawn heat map tells them. */
const texts = {
  weldon({ kMax, kMin, alpha, reduction }: PoolingOptions): string[] {
    const bottom = kMin ?? kMax; // null follows kMax
    return [
      ...(kMax === undefined ? [] : [`k+ ${share(kMax)}`]),
      ...(bottom === undefined ? [] : [`k\u2212 ${share(bottom)}`]),
      ...(alpha === undefined ? [] : [`α ${alpha}`]),
      ...(reduction === undefined ? [] : [reduction]),
    ];
  },
  logSumExp: ({ sharpness = 5, learnSharpness = false }: LogSumExpOptions) => [
    `log-sum-exp, r ${learnSharpness ? 'learnt' : sharpness}`,
  ],
  gem: ({ power = 3 }: GemOptions) => [`GeM, p ${power}`],
} satisfies Record<PoolingName, (options: never) => string[]>;

/**
 * How maps were pooled, in the words of the options: `k+ 3`, `k− 20 %`, `α 1`, `mean`.
 *
 * @throws WeldonError for a name that no pooling has
 */
export function poolingText({ kind = 'weldon', ...options }: Pooling): string[] {
  if (!Object.hasOwn(texts, kind)) {
    const names = Object.keys(texts).map((name) => `'${name}'`);
    throw expected('kind of pooling for a text', names.join(' or '), kind);
  }
  return (texts[kind] as (options: object) => string[])(options);
}
