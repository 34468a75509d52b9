export { diskFeatureStore } from './diskFeatureStore.js';
export type { DiskFeatureStore, DiskFeatureStoreOptions } from './diskFeatureStore.js';
export type { FeaturePrecision } from './featureFile.js';
