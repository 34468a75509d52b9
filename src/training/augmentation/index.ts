export { resolveAugmentation } from './augmentation.js';
export type { Augmentation, ResolvedAugmentation } from './augmentation.js';
export { cropBox } from './cropBox.js';
export { drawAugmentation, drawSize, plainVariant, variantWords } from './drawAugmentation.js';
export type { DrawPosition, Variant } from './drawAugmentation.js';
export { scalePixels } from './scalePixels.js';
