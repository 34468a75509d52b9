export { makeScatteredObjects, planScatteredObjects } from './makeScatteredObjects.js';
export type { ImagesToMake, ScatteredObjectsOptions } from './makeScatteredObjects.js';
export { objectKinds } from './objectKinds.js';
