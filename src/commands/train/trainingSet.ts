import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { expected, expectedInWords, WeldonError } from '../../errors.js';
import type { CheckImagesOptions } from '../../node/datasets/checkImages.js';
import type { ImageDataSet } from '../../node/datasets/imageDataSet.js';
import { checkImages } from '../../node/datasets/checkImages.js';
import { readClassFolders } from '../../node/datasets/classFolders.js';
import { holdsCifar, readCifarFiles, readCifarTrain } from '../../node/datasets/readers/cifar.js';
import { readLabelFile } from '../../node/datasets/labelFile.js';
import { splitDataSet } from '../../node/datasets/split.js';
import { pathOnDisk } from '../../node/images/listedFiles.js';
import { folderKind } from '../../node/images/passedOver.js';
import { withClassesOf } from '../../node/datasets/imageDataSet.js';
import { sha256Of } from '../../node/storage/plainFile.js';

/** Images to train on, and perhaps others to measure on, of the same classes. */
export interface TrainingSet {
  train: ImageDataSet;
  validation: ImageDataSet | null;
  /** stands for all file names and labels */
  fingerprint: string;
}

const trainFolders = ['train', 'training'];
const testFolders = ['test', 'testing', 'val', 'valid', 'validation', 'eval'];

/** What to call images by their path; of `rooms/train` that is all of it. */
export function nameOfData(path: string): string {
  const full = resolve(path);
  const plain = !trainFolders.includes(basename(full).toLowerCase()) && extname(full) === '';
  return plain ? basename(full) : `${basename(dirname(full))}/${basename(full)}`;
}

/** A folder of splits would pass for one of classes called train and test. */
async function refuseSplits(folder: string): Promise<void> {
  const names = (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory() && folderKind(entry.name) === null)
    .map(({ name }) => name);
  const train = names.find((name) => trainFolders.includes(name.toLowerCase()));
  const test = names.find((name) => testFolders.includes(name.toLowerCase()));
  if (train !== undefined && test !== undefined && names.length <= 3) {
    throw new WeldonError(
      `Expected ${folder} to hold one folder per class but received a training and a test set: give ` +
        `${join(folder, train)}, and ${join(folder, test)} as validation or to weldon evaluate`,
    );
  }
}

/**
 * Reads labelled images: a folder with one folder per class, one in CIFAR's format or a file of it, or a CSV file.
 *
 * @param images folder that the paths in a CSV file start from
 * @param notice takes sentences about what is passed over or was guessed; default: lines on stderr
 * @throws WeldonError for a path that is not there, and as the readers do
 */
export async function readLabelledImages(
  given: string,
  images?: string,
  notice?: (sentence: string) => void,
): Promise<ImageDataSet> {
  const path = await pathOnDisk(given);
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw expectedInWords(path, 'class folders or a CSV file of labels', 'neither: check the path');
  }
  const refuseImages = () => {
    if (images !== undefined) {
      throw expected('images for trainModel', `absent where the images are in ${path}`, images);
    }
  };
  if (found.isDirectory() && (await holdsCifar(path))) {
    refuseImages();
    return readCifarTrain(path);
  }
  if (extname(path).toLowerCase() === '.bin') {
    refuseImages();
    return readCifarFiles([path], path);
  }
  if (found.isDirectory()) {
    await refuseSplits(path);
    if (images !== undefined) {
      throw expected('images for trainModel', `absent where the labels are folders, as in ${path}`, images);
    }
    return readClassFolders(path, { notice });
  }
  if (!['.csv', '.tsv', '.txt'].includes(extname(path).toLowerCase())) {
    throw expectedInWords(path, 'class folders or a CSV file of labels', 'a file that is no CSV by its name');
  }
  return readLabelFile(path, images === undefined ? { notice } : { root: images, notice });
}

function fingerprintOf(sets: readonly (ImageDataSet | null)[]): string {
  const parts = sets.map(
    (set) => set && [set.classes, set.images.map(({ path, labels }) => [path.split(sep).slice(-2).join('/'), labels])],
  );
  return sha256Of(JSON.stringify(parts));
}

/**
 * Reads what a run trains on and what it is measured on. Every image is decoded once; those that cannot be are left out,
 * and told.
 *
 * @param validation other images, or the share of `data` to hold out, of every class alike; 0 for none
 * @throws WeldonError for images that cannot be trained on: none, of one class, or in classes that the validation does
 *   not share
 */
export async function readTrainingSet(
  {
    data,
    images,
    validation = 0.2,
    seed = 0,
  }: { data: string; images?: string; validation?: string | number; seed?: number },
  check: CheckImagesOptions = {},
): Promise<TrainingSet> {
  const all = await readLabelledImages(data, images, check.notice);
  if (all.classes.length < 2 && !all.multiLabel) {
    throw expectedInWords(
      data,
      'images of two classes or more',
      `${all.classes.length === 0 ? 'none' : `one, ${all.classes[0]}`}`,
    );
  }
  const other =
    typeof validation === 'string'
      ? withClassesOf(await readLabelledImages(validation, images, check.notice), all.classes, `the data ${data}`)
      : null;
  let { dataSet: train } = await checkImages(all, check);
  let held = other && (await checkImages(other, check)).dataSet;
  if (typeof validation === 'number' && validation > 0) {
    const { first, second } = splitDataSet(train, { share: 1 - validation, seed });
    [train, held] = [first, second];
  }
  for (const set of [train, held]) {
    if (set !== null && set.images.length === 0) {
      throw expectedInWords(set.name, set === train ? 'images to train on' : 'images to measure on', 'none');
    }
  }
  return { train, validation: held, fingerprint: fingerprintOf([train, held]) };
}
