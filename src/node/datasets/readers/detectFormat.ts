import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { holdsCifar } from './cifar.js';
import { findMit67 } from './mit67.js';

/** Ways in which a folder of images may say what they show, that can be told from what it holds. */
export type RecognizedKind = 'mit67' | 'pascalVoc' | 'labelledList' | 'cifar' | 'folder';

/**
 * Which reader a folder is for: MIT67 has its official lists, Pascal VOC `ImageSets/Main`, a list of several labels per
 * image `labels.csv`, CIFAR's format `train.bin` or `data_batch_1.bin`. All others are taken for class folders, whose reader says what is wrong.
 */
export async function recognizeDataSet(folder: string): Promise<RecognizedKind> {
  const holds = async (name: string) => (await stat(join(folder, name)).catch(() => null)) !== null;
  if ((await findMit67(folder)) !== null) {
    return 'mit67';
  }
  if (await holdsCifar(folder)) {
    return 'cifar';
  }
  return (await holds('ImageSets/Main')) ? 'pascalVoc' : (await holds('labels.csv')) ? 'labelledList' : 'folder';
}
