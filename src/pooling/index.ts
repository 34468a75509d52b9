export type { DataFormat, PoolingOptions, Reduction } from './options.js';
export type { Pooling } from './kinds.js';
export { poolingPresets } from './presets.js';
export type { PoolingChoice, PoolingPreset, PresetParts } from './presets.js';
export { regionCount } from './regionCounts.js';
export { weldonPool } from './weldonPool.js';
export type { WeldonPoolOptions } from './weldonPool.js';
export { weldonRegions } from './weldonRegions.js';
export type { WeldonRegions } from './weldonRegions.js';
