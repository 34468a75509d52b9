export { makeScatteredObjects } from './makeScatteredObjects.js';
export type { ScatteredObjectsOptions } from './makeScatteredObjects.js';
export { objectKinds } from './objectKinds.js';
