export { makeScatteredObjects, planScatteredObjects, scatteredObjects } from './makeScatteredObjects.js';
export type { ScatteredObjectsOptions } from './makeScatteredObjects.js';
export { objectKinds } from './objectKinds.js';
