import { expected } from '../errors.js';
import type { Pooling } from './kinds.js';
import type { PoolingOptions } from './options.js';
import { averagesAll, everyRegion } from './regionCounts.js';

/** Published poolings by name. */
export type PoolingPreset = 'gap' | 'max' | 'mantra' | 'weldon' | 'weldon3' | 'wildcat' | 'logSumExp';

/** What a preset stands for: the pooling, and maps per class. */
export type PresetParts = Pooling & { maps: number };

/** A pooling by the name of a preset, or by its options. */
export type PoolingChoice = PoolingPreset | Pooling;

/**
 * Published poolings, in code, in configs, on the command line and on the page alike:
 *
 * - `gap`, `max`: the mean of all regions; the best region alone;
 * - `mantra`: Durand et al., ICCV 2015: the best and the worst region;
 * - `weldon`: Durand et al., CVPR 2016, with a share of the regions in place of its 3, which holds for any size of map;
 * - `weldon3`: the same with the paper's 3;
 * - `wildcat`: Durand et al., CVPR 2017, section 4: 20 % at either end, α 0.7, four maps per class;
 * - `logSumExp`: Pinheiro and Collobert, CVPR 2015: a smooth maximum, r = 5.
 */
export const poolingPresets = {
  gap: { kMax: everyRegion, kMin: 0, alpha: 1, reduction: 'mean', maps: 1 },
  max: { kMax: 1, kMin: 0, alpha: 1, reduction: 'mean', maps: 1 },
  mantra: { kMax: 1, kMin: 1, alpha: 1, reduction: 'mean', maps: 1 },
  weldon: { kMax: 0.1, kMin: null, alpha: 1, reduction: 'mean', maps: 1 },
  weldon3: { kMax: 3, kMin: null, alpha: 1, reduction: 'mean', maps: 1 },
  wildcat: { kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'mean', maps: 4 },
  logSumExp: { kind: 'logSumExp', sharpness: 5, maps: 1 },
} as const satisfies Record<PoolingPreset, PresetParts>;

/** The names of the presets, in the order of the table. */
export const presetNames = Object.keys(poolingPresets) as PoolingPreset[];

/**
 * The options that a choice stands for.
 *
 * @param owner for the sentence
 * @throws WeldonError for a name that no preset has
 */
export function poolingOf(choice: PoolingChoice, owner: string): Pooling {
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
  const { maps: _, ...pooling } = poolingPresets[choice];
  return pooling;
}

/** Whether a pooling is the mean of all regions, however it is written. */
export function isGap(choice: PoolingChoice): boolean {
  const { kind = 'weldon', ...options } = poolingOf(choice, 'isGap');
  return kind === 'weldon' && averagesAll(options as PoolingOptions);
}
