import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { expectedInWords, WeldonError } from '../../../errors.js';
import type { ImageDataSet, LabelledImage } from '../imageDataSet.js';
import { someOf } from '../imageDataSet.js';
import { findImages } from '../../images/findImages.js';
import { findListed } from '../../images/listedFiles.js';
import { readImageList, refuseShared, refuseUntested } from './splits.js';
import type { ExperimentData } from './splits.js';

/** Printed wherever MIT67 is asked for and not found. Nothing here fetches it: its authors ask for research use only. */
export const whereMit67Is =
  'MIT67 (Quattoni and Torralba, Recognizing indoor scenes, CVPR 2009) is for research only and must be had from its ' +
  'authors: read https://web.mit.edu/torralba/www/indoor.html; fetch the archive indoorCVPR_09.tar (about 2.4 GB) and the ' +
  'lists TrainImages.txt (5360 lines) and TestImages.txt (1340 lines) from there; unpack, and put the lists beside the ' +
  'folder Images (FOLDER/Images/<class>/*.jpg, FOLDER/TrainImages.txt, FOLDER/TestImages.txt); run again with --data FOLDER';

const official = { train: 5360, test: 1340, classes: 67 };

export interface ReadMit67Options {
  /** Go on with the images that are there where some of those listed are not. Default false. */
  allowMissing?: boolean;
}

async function hasLists(folder: string): Promise<boolean> {
  const found = await Promise.all(
    ['TrainImages.txt', 'TestImages.txt', 'Images'].map((name) => stat(join(folder, name)).catch(() => null)),
  );
  return found.every((each) => each !== null);
}

/** The folder itself, or the one of the archive in it; `null` where neither holds MIT67. */
export async function findMit67(folder: string): Promise<string | null> {
  for (const candidate of [folder, join(folder, 'indoorCVPR_09')]) {
    if (await hasLists(candidate)) {
      return candidate;
    }
  }
  return null;
}

async function findFolder(folder: string): Promise<string> {
  const found = await findMit67(folder);
  if (found !== null) {
    return found;
  }
  throw new WeldonError(
    `Expected ${folder} to hold Images, TrainImages.txt and TestImages.txt but it does not. ${whereMit67Is}`,
  );
}

function classOf(list: string, line: string): string {
  const at = line.indexOf('/');
  if (at < 1 || at === line.length - 1) {
    throw expectedInWords(`every line of ${list}`, 'class/image', `"${line}"`);
  }
  return line.slice(0, at);
}

interface ListedPart {
  lines: string[];
  paths: (string | null)[];
}

function partOf(name: string, { lines, paths }: ListedPart, classes: readonly string[], list: string): ImageDataSet {
  const images = lines.flatMap((line, i): LabelledImage[] => {
    const label = classes.indexOf(classOf(list, line));
    const path = paths[i];
    return path === null || label < 0 ? [] : [{ path, labels: [label] }];
  });
  return { name, classes, multiLabel: false, images };
}

/**
 * MIT67 as it is distributed, divided by its official lists. Images that no list names are left alone: training on
 * "everything that is not test" gives 8920 more images and figures that compare with nothing.
 *
 * With `allowMissing` all 67 classes stay, so that class numbers mean the same; notices tell those that cannot be trained.
 *
 * @param folder with Images, TrainImages.txt and TestImages.txt, or with the archive's folder in it
 * @throws WeldonError where something is missing (with where it is to be had), a list is broken, or train and test share
 *   an image
 *
 * @example
 * const { splits: [{ train, test }] } = await readMit67('mit67');
 */
export async function readMit67(
  folder: string,
  { allowMissing = false }: ReadMit67Options = {},
): Promise<ExperimentData> {
  const root = await findFolder(folder);
  const lists = { train: join(root, 'TrainImages.txt'), test: join(root, 'TestImages.txt') };
  const read = async (list: string): Promise<ListedPart> => {
    const lines = await readImageList(list);
    lines.forEach((line) => classOf(list, line));
    return { lines, paths: await findListed(join(root, 'Images'), lines) };
  };
  const [train, test] = [await read(lists.train), await read(lists.test)];
  const both = train.lines.filter((line) => test.lines.includes(line));
  if (both.length > 0) {
    throw expectedInWords(
      `TrainImages.txt and TestImages.txt of ${root}`,
      'without an image in common',
      `${both.length}: ${someOf(both)}`,
    );
  }
  const absent = ({ lines, paths }: ListedPart) => lines.filter((_, i) => paths[i] === null);
  const missing = [...absent(train), ...absent(test)];
  const total = train.lines.length + test.lines.length;
  if (missing.length > 0 && !allowMissing) {
    throw new WeldonError(
      `Expected the ${total} listed images to be in ${join(root, 'Images')} but ${missing.length} are ` +
        `not: ${someOf(missing, 5)}. Unpack the archive again, or go on without them with --allow-missing`,
    );
  }

  const classes = [...new Set([...train.lines, ...test.lines].map((line) => line.slice(0, line.indexOf('/'))))].sort();
  const split = { train: partOf(root, train, classes, lists.train), test: partOf(root, test, classes, lists.test) };
  const notices = await refuseShared([split], true);
  if (missing.length === 0) {
    refuseUntested(split);
  } else {
    const lacking = classes.filter((_, label) =>
      [split.train, split.test].some(({ images }) => !images.some(({ labels }) => labels[0] === label)),
    );
    notices.push(
      `${missing.length} of the ${total} listed images are not there (${someOf(missing)}): ` +
        'these figures compare with no published ones',
    );
    if (lacking.length > 0) {
      notices.push(
        `${lacking.length} of ${classes.length} classes have no image to train on or none to measure on: ` +
          someOf(lacking, 5),
      );
    }
  }
  const known = new Set([...train.paths, ...test.paths].map((path) => (path === null ? '' : resolve(path))));
  const unlisted = (await findImages([join(root, 'Images')])).files.filter((path) => !known.has(resolve(path)));
  if (unlisted.length > 0) {
    notices.push(
      `Images that no list names, ${unlisted.length}, are left alone: ` +
        someOf(unlisted.map((path) => relative(join(root, 'Images'), path))),
    );
  }
  if (
    train.lines.length !== official.train ||
    test.lines.length !== official.test ||
    classes.length !== official.classes
  ) {
    notices.push(
      `These are not the official lists: ${train.lines.length} + ${test.lines.length} images of ${classes.length} ` +
        `classes in place of ${official.train} + ${official.test} of ${official.classes}`,
    );
  }
  return {
    name: 'MIT67',
    classes,
    multiLabel: false,
    splits: [split],
    missing,
    unlisted,
    notices,
    terms: 'for research only, from https://web.mit.edu/torralba/www/indoor.html',
  };
}
