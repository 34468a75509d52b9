import type { PoolingOptions } from './options.js';

/** A count above the number of regions means all of them; this one is above any. */
export const everyRegion = Number.MAX_SAFE_INTEGER;

/** Published poolings by name. */
export type PoolingPreset = 'weldon' | 'wildcat' | 'mantra' | 'max' | 'gap';

/** What a preset stands for: the pooling, and maps per class. */
export interface PresetParts extends Required<PoolingOptions> {
  maps: number;
}

/**
 * - `weldon`: Durand et al., CVPR 2016, with a share of the regions in place of its 3, which holds for any size of map;
 * - `wildcat`: Durand et al., CVPR 2017, section 4: 20 % at either end, α 0.7, four maps per class;
 * - `mantra`: Durand et al., ICCV 2015: the best and the worst region;
 * - `max`, `gap`: the best region alone; the mean of all of them.
 */
export const poolingPresets: Readonly<Record<PoolingPreset, PresetParts>> = {
  weldon: { kMax: 0.1, kMin: null, alpha: 1, reduction: 'mean', maps: 1 },
  wildcat: { kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'mean', maps: 4 },
  mantra: { kMax: 1, kMin: 1, alpha: 1, reduction: 'mean', maps: 1 },
  max: { kMax: 1, kMin: 0, alpha: 1, reduction: 'mean', maps: 1 },
  gap: { kMax: everyRegion, kMin: 0, alpha: 1, reduction: 'mean', maps: 1 },
};
