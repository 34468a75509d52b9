export { diskFeatureStore } from './diskFeatureStore.js';
export type { DiskFeatureStore, DiskFeatureStoreOptions, FeatureHalves } from './diskFeatureStore.js';
export type { FeaturePrecision } from './featureShard.js';
