import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expected, expectedInWords } from '../../../errors.js';
import type { Notice } from '../../notice.js';
import { findClassFolders, readClassFolders } from '../classFolders.js';
import { splitDataSet } from '../split.js';
import type { ImageDataSet } from '../imageDataSet.js';
import type { SplitOptions } from '../split.js';
import { readBoxesFile } from './annotations.js';
import type { ExperimentData, Split } from './splits.js';
import { refuseShared, refuseUntested } from './splits.js';

export type ReadFolderOptions = {
  /**
   * Random splits, each drawn from all images, train and test together. Default: the one that the folder has, or one
   * random one where it has none, or where `share` or `perClass` ask for it.
   */
  splits?: number;
  /** Decides which images go where; split i takes seed + i. Default 0. */
  seed?: number;
  /** Go on where images are in train and in test under different names, and tell. Default false. */
  allowShared?: boolean;
} &
  /** part of every class to train on. Default 0.8 */
  (
    | { share?: number; perClass?: undefined }
    /** images of every class to train on */
    | { perClass: number; share?: undefined }
  );

const testNames = ['test', 'eval', 'val', 'validation'];

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** The folder to measure on beside `train`, if there is one. */
async function testFolder(folder: string): Promise<string | null> {
  for (const name of testNames) {
    if (await isFolder(join(folder, name))) {
      return name;
    }
  }
  return null;
}

async function classesOf(folder: string): Promise<string[]> {
  return [...(await findClassFolders(folder)).keys()];
}

/** What the folder divides itself, both halves under the same classes. */
async function ownSplit(folder: string, test: string, notice: Notice): Promise<Split> {
  const classes = [
    ...new Set((await Promise.all(['train', test].map((part) => classesOf(join(folder, part))))).flat()),
  ].sort();
  const [train, measured] = await Promise.all(
    ['train', test].map((part) => readClassFolders(join(folder, part), { classes, atLeast: 0, notice })),
  );
  return { train: { ...train, name: folder }, test: { ...measured, name: folder } };
}

function randomSplits(all: ImageDataSet, { splits = 1, seed = 0, perClass, share = 0.8 }: ReadFolderOptions): Split[] {
  if (!Number.isInteger(splits) || splits < 1) {
    throw expected('splits', 'a whole number >= 1', splits);
  }
  return Array.from({ length: splits }, (_, i) => {
    const options: SplitOptions = perClass === undefined ? { share, seed: seed + i } : { perClass, seed: seed + i };
    const { first, second } = splitDataSet(all, options);
    return { train: first, test: second };
  });
}

/**
 * Any folder of images by class: `folder/<class>/*.jpg`, divided at random, or `folder/train/<class>` and
 * `folder/test/<class>` (or eval, val), divided as it is, unless `splits`, `share` or `perClass` ask for random ones. A file
 * `boxes.csv` beside them tells where objects are.
 *
 * @throws WeldonError for a folder without class folders, a class without images to train or to measure on, or an image
 *   in train and in test
 *
 * @example
 * const rooms = await readFolder('rooms', { splits: 5 });
 */
export async function readFolder(folder: string, options: ReadFolderOptions = {}): Promise<ExperimentData> {
  if (!(await isFolder(folder))) {
    throw expectedInWords(
      folder,
      'a folder with one folder of images per class, or with train and test',
      'none: check the path',
    );
  }
  const test = (await isFolder(join(folder, 'train'))) ? await testFolder(folder) : null;
  const told: string[] = [];
  const notice: Notice = (sentence) => void told.push(sentence);
  let splits: Split[];
  if (test === null) {
    splits = randomSplits(await readClassFolders(folder, { notice }), options);
  } else {
    const own = await ownSplit(folder, test, notice);
    const { splits: count, perClass, share } = options;
    splits =
      count === undefined && perClass === undefined && share === undefined
        ? [own]
        : randomSplits({ ...own.train, images: [...own.train.images, ...own.test.images] }, options);
  }
  splits.forEach(refuseUntested);
  const notices = await refuseShared(splits, options.allowShared ?? false);
  const { classes } = splits[0].train;
  const boxes = join(folder, 'boxes.csv');
  return {
    name: basename(resolve(folder)),
    classes,
    multiLabel: false,
    splits,
    missing: [],
    notices: [...told, ...notices],
    ...((await stat(boxes).catch(() => null)) === null
      ? {}
      : { annotations: await readBoxesFile(boxes, folder, classes) }),
  };
}

/**
 * 15-Scene by the protocol of Lazebnik et al. (Beyond bags of features, CVPR 2006) that WELDON's table follows: 100
 * images of each class to train on, all others to measure on, five times at random. The data set holds some images
 * twice; a notice says so.
 *
 * @param folder `folder/<class>` or `folder/train/<class>` and `folder/test/<class>`
 * @throws WeldonError as `readFolder`, and for a class with fewer than 100 images
 */
export async function readScene15(
  folder: string,
  { seed = 0, splits = 5 }: { seed?: number; splits?: number } = {},
): Promise<ExperimentData> {
  const data = await readFolder(folder, { splits, perClass: 100, seed, allowShared: true });
  const other = data.classes.length === 15 ? [] : [`15-Scene has 15 classes, ${folder} has ${data.classes.length}`];
  return { ...data, name: '15-Scene', notices: [...data.notices, ...other] };
}
