export { resolveAugmentation } from './augmentation.js';
export type { Augmentation, ResolvedAugmentation } from './augmentation.js';
export { cropBox } from './cropBox.js';
export { drawAugmentation, drawSize } from './drawAugmentation.js';
export type { DrawPosition } from './drawAugmentation.js';
export { scalePixels } from './scalePixels.js';
export { plainVariant, variantWords } from './variant.js';
export type { Variant } from './variant.js';
