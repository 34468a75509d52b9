export { readClassFolders } from './classFolders.js';
export type { ReadClassFoldersOptions } from './classFolders.js';
export { imageBatches } from './imageBatches.js';
export type { ImageBatches, ImageBatchesOptions } from './imageBatches.js';
export type { ImageDataSet, LabelledImage } from './imageDataSet.js';
export { readLabelFile } from './labelFile.js';
export type { ReadLabelFileOptions } from './labelFile.js';
export { splitDataSet } from './splitDataSet.js';
export type { SplitOptions } from './splitDataSet.js';
