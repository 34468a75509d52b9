export { diskFeatureStore } from './diskFeatureStore.js';
export type { DiskFeatureStoreOptions } from './diskFeatureStore.js';
export type { FeaturePrecision } from './featureFile.js';
