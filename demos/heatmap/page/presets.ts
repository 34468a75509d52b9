import type { PoolingOptions } from '../../../src/pooling/options.js';

/** A count above any number of regions means all of them. */
export const allRegions = 1_000_000;

export interface Preset {
  title: string;
  /** what it does, in a sentence */
  about: string;
  pooling: Required<PoolingOptions>;
}

/** The poolings that WELDON's options contain, from the README's table. */
export const presets: readonly Preset[] = [
  {
    title: 'GAP',
    about: 'Global average pooling: every region counts the same.',
    pooling: { kMax: allRegions, kMin: 0, alpha: 1, reduction: 'mean' },
  },
  {
    title: 'Max',
    about: 'Only the strongest region counts.',
    pooling: { kMax: 1, kMin: 0, alpha: 1, reduction: 'mean' },
  },
  {
    title: 'MANTRA',
    about: 'The strongest and the weakest region.',
    pooling: { kMax: 1, kMin: 1, alpha: 1, reduction: 'mean' },
  },
  {
    title: 'WELDON',
    about: 'The three strongest and the three weakest regions (CVPR 2016).',
    pooling: { kMax: 3, kMin: null, alpha: 1, reduction: 'mean' },
  },
  {
    title: 'WILDCAT',
    about: 'A fifth of the regions at each end, the negative end at 0.7 (CVPR 2017).',
    pooling: { kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'mean' },
  },
];

/** The preset that these options are, if any. */
export function presetOf(pooling: PoolingOptions): Preset | undefined {
  return presets.find((preset) =>
    (Object.keys(preset.pooling) as (keyof PoolingOptions)[]).every((key) => preset.pooling[key] === pooling[key]),
  );
}
