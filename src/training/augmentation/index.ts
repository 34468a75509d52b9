export { resolveAugmentation } from './augmentation.js';
export type { Augmentation, ResolvedAugmentation } from './augmentation.js';
export { cropBox } from './sampleAugmentation.js';
export { sampleAugmentation, sampleSize } from './sampleAugmentation.js';
export type { DrawPosition } from './sampleAugmentation.js';
export { scalePixels } from './scalePixels.js';
export { plainVariant, variantWords } from './augmentation.js';
export type { Variant } from './augmentation.js';
