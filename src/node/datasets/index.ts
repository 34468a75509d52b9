export { checkImages } from './checkImages.js';
export type { CheckedImages, CheckImagesOptions } from './checkImages.js';
export { readClassFolders } from './classFolders.js';
export type { ReadClassFoldersOptions } from './classFolders.js';
export type { ImageDataSet, LabelledImage } from './imageDataSet.js';
export { readLabelFile } from './labelFile.js';
export type { ReadLabelFileOptions } from './labelFile.js';
export { splitDataSet } from './split.js';
export type { SplitOptions } from './split.js';
