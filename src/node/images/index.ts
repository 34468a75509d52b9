export { findImages, imageExtensions } from './findImages.js';
export type { FoundImages } from './findImages.js';
export { readForModel, resizeForModel, shrinkImage } from './readForModel.js';
export type { NetworkInput, ImageForModel, ReadForModelOptions } from './readForModel.js';
export { readImage } from './readImage.js';
export type { DecodedImage, ReadImageOptions } from './readImage.js';
export { readAhead, readImages } from './readImages.js';
export type { ReadAheadOptions, ReadResult } from './readImages.js';
export { rgbaPixels } from './readImage.js';
