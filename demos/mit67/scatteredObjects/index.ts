export { makeScatteredObjects, planScatteredObjects } from './makeScatteredObjects.js';
export type { PicturesToMake, ScatteredObjectsOptions } from './makeScatteredObjects.js';
export { objectKinds } from './objectKinds.js';
