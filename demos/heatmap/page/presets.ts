import { poolingPresets } from '../../../src/index.js';
import type { PoolingOptions, PoolingPreset } from '../../../src/index.js';

export interface Preset {
  title: string;
  /** what it does, in a sentence */
  about: string;
  pooling: Required<PoolingOptions>;
}

const named = (name: Exclude<PoolingPreset, 'logSumExp'>, title: string, about: string): Preset => {
  const { kMax, kMin, alpha, reduction } = poolingPresets[name];
  return { title, about, pooling: { kMax, kMin, alpha, reduction } };
};

/** The poolings that WELDON's options contain, from the README's table. */
export const presets: readonly Preset[] = [
  named('gap', 'GAP', 'Global average pooling: every region counts the same.'),
  named('max', 'Max', 'Only the strongest region counts.'),
  named('mantra', 'MANTRA', 'The strongest and the weakest region.'),
  named('weldon', 'WELDON', 'A tenth of the regions at each end.'),
  named('weldon3', 'WELDON, k = 3', 'The three strongest and the three weakest regions (CVPR 2016).'),
  named('wildcat', 'WILDCAT', 'A fifth of the regions at each end, the negative end at 0.7 (CVPR 2017).'),
];

/** The preset that these options are, if any. */
export function presetOf(pooling: PoolingOptions): Preset | undefined {
  return presets.find((preset) =>
    (Object.keys(preset.pooling) as (keyof PoolingOptions)[]).every((key) => preset.pooling[key] === pooling[key]),
  );
}
