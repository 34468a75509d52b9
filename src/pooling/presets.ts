import { expected } from '../errors.js';
import type { PoolingOptions } from './options.js';

/** Published poolings by name. */
export type PoolingPreset = 'gap' | 'max' | 'mantra' | 'weldon' | 'weldon3' | 'wildcat';

/** What a preset stands for: the pooling, and maps per class. */
export interface PresetParts extends Required<PoolingOptions> {
  maps: number;
}

/** A pooling by the name of a preset, or by its options. */
export type PoolingChoice = PoolingPreset | PoolingOptions;

/** A count above the number of regions means all of them; this one is above any. */
export const everyRegion = Number.MAX_SAFE_INTEGER;

/**
 * Published poolings, in code, in configs, on the command line and on the page alike:
 *
 * - `gap`, `max`: the mean of all regions; the best region alone;
 * - `mantra`: Durand et al., ICCV 2015: the best and the worst region;
 * - `weldon`: Durand et al., CVPR 2016, with a share of the regions in place of its 3, which holds for any size of map;
 * - `weldon3`: the same with the paper's 3;
 * - `wildcat`: Durand et al., CVPR 2017, section 4: 20 % at either end, α 0.7, four maps per class.
 */
export const poolingPresets: Readonly<Record<PoolingPreset, PresetParts>> = {
  gap: { kMax: everyRegion, kMin: 0, alpha: 1, reduction: 'mean', maps: 1 },
  max: { kMax: 1, kMin: 0, alpha: 1, reduction: 'mean', maps: 1 },
  mantra: { kMax: 1, kMin: 1, alpha: 1, reduction: 'mean', maps: 1 },
  weldon: { kMax: 0.1, kMin: null, alpha: 1, reduction: 'mean', maps: 1 },
  weldon3: { kMax: 3, kMin: null, alpha: 1, reduction: 'mean', maps: 1 },
  wildcat: { kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'mean', maps: 4 },
};

/** The names of the presets, in the order of the table. */
export const presetNames = Object.keys(poolingPresets) as PoolingPreset[];

/**
 * The options that a choice stands for.
 *
 * @param owner for the sentence
 * @throws WeldonError for a name that no preset has
 */
export function poolingOf(choice: PoolingChoice, owner: string): PoolingOptions {
  if (typeof choice !== 'string') {
    return choice;
  }
  if (!Object.hasOwn(poolingPresets, choice)) {
    throw expected(
      `pooling for ${owner}`,
      `${presetNames.map((name) => `'${name}'`).join(', ')}, or options of a pooling`,
      choice,
    );
  }
  const { kMax, kMin, alpha, reduction } = poolingPresets[choice];
  return { kMax, kMin, alpha, reduction };
}

/** Whether a pooling is the mean of all regions, however it is written. */
export function isGap(choice: PoolingChoice): boolean {
  if (typeof choice === 'string') {
    return choice === 'gap';
  }
  const { kMax, kMin, reduction = 'mean' } = choice;
  return kMax === everyRegion && kMin === 0 && reduction !== 'sum';
}
