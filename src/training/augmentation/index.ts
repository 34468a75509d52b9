export { resolveAugmentation } from './augmentation.js';
export type { Augmentation, ResolvedAugmentation } from './augmentation.js';
export { cropBox } from './drawAugmentation.js';
export { drawAugmentation, drawSize } from './drawAugmentation.js';
export type { DrawPosition } from './drawAugmentation.js';
export { scalePixels } from './scalePixels.js';
export { plainVariant, variantWords } from './augmentation.js';
export type { Variant } from './augmentation.js';
