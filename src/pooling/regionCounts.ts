import type { PoolingPlan } from '../../kernels/contract.js';
import { expected } from '../errors.js';
import type { PoolingOptions, Reduction } from './options.js';

/** A count above the number of regions means all of them; this one is above any. */
export const everyRegion = Number.MAX_SAFE_INTEGER;

/** Pooling options with every default filled in and every value checked. */
export interface ResolvedPooling {
  kMax: number;
  /** already `kMax` where the user left it `null` */
  kMin: number;
  alpha: number;
  reduction: Reduction;
}

const reductions: readonly Reduction[] = ['mean', 'sum', 'halfMean'];

/**
 * Checks pooling options and fills in the defaults.
 *
 * @param owner the function or layer that the error sentence names
 * @throws if a count is negative, NaN or a non-integer above 1, if both are 0, if alpha is not finite,
 *   or if the reduction is unknown
 */
export function resolvePooling(options: PoolingOptions, owner: string): ResolvedPooling {
  const { kMax = 3, kMin = null, alpha = 1, reduction = 'mean' } = options;
  const checkCount = (name: string, value: number) => {
    if (typeof value !== 'number' || !(value >= 0)) {
      throw expected(`${name} for ${owner}`, 'a number >= 0', value);
    }
    if (value > 1 && !Number.isInteger(value)) {
      throw expected(
        `${name} for ${owner}`,
        'an integer count >= 1 or a fraction of the regions between 0 and 1',
        value,
      );
    }
  };
  checkCount('kMax', kMax);
  if (kMin !== null) {
    checkCount('kMin', kMin);
  }
  if (kMax === 0 && (kMin === null || kMin === 0)) {
    throw expected(`kMax and kMin for ${owner}`, 'not both 0', [kMax, kMin ?? kMax]);
  }
  if (typeof alpha !== 'number' || !Number.isFinite(alpha)) {
    throw expected(`alpha for ${owner}`, 'a finite number', alpha);
  }
  if (!reductions.includes(reduction)) {
    throw expected(`reduction for ${owner}`, "'mean', 'sum' or 'halfMean'", reduction);
  }
  return { kMax, kMin: kMin ?? kMax, alpha, reduction };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/**
 * How many regions a count or fraction means.
 *
 * @param k an integer count >= 1, a fraction 0 < k < 1, or 0
 * @param regions number of (valid) regions, an integer >= 0
 * @returns 0 … regions: for a fraction round-half-to-even(k · regions), at least 1; a count above `regions`
 *   means all of them
 *
 * @example
 * regionCount(0.5, 49); // 24: 24.5 rounds to the even neighbour, as Python's round does
 */
export function regionCount(k: number, regions: number): number {
  if (k === 0) {
    return 0;
  }
  const wanted = k < 1 ? Math.max(1, roundHalfToEven(k * regions)) : k;
  return Math.min(wanted, regions);
}

/** Turns checked options into the four numbers that kernels understand, for maps of `regions` regions. */
export function poolingPlan(pooling: ResolvedPooling, regions: number): PoolingPlan {
  const { kMax, kMin, alpha, reduction } = pooling;
  const topCount = regionCount(kMax, regions);
  const bottomCount = regionCount(kMin, regions);
  if (reduction === 'sum') {
    return { topCount, bottomCount, topWeight: 1, bottomWeight: alpha };
  }
  // The released PyTorch code halves only when there is negative evidence.
  const share = reduction === 'halfMean' && kMin !== 0 ? 0.5 : 1;
  return {
    topCount,
    bottomCount,
    topWeight: topCount === 0 ? 0 : share / topCount,
    bottomWeight: bottomCount === 0 ? 0 : (share * alpha) / bottomCount,
  };
}

/** Whether options mean the mean of all regions, as `gap` does. */
export function averagesAll({ kMax, kMin, reduction = 'mean' }: PoolingOptions): boolean {
  return kMax === everyRegion && kMin === 0 && reduction !== 'sum';
}
