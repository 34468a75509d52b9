import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { expectedInWords, nearestNames } from '../../errors.js';
import { findImages, imageExtensions } from '../images/index.js';
import type { ImageDataSet, LabelledImage } from './imageDataSet.js';
import { someOf } from './imageDataSet.js';
import { checkClassSizes } from './checkImages.js';
import { refuseSharedImages } from './duplicates.js';

export interface ReadClassFoldersOptions {
  /**
   * Names of the classes in the order of their numbers, for example those of a model that is measured; a class without a
   * folder has no images then. Default: the folders' names, sorted.
   */
  classes?: readonly string[];
  /** Images that every class folder must hold. Default 2, one to train on and one to measure on; 0 with `classes`. */
  atLeast?: number;
}

async function classFolders(folder: string): Promise<string[]> {
  const rule = 'a folder with one folder of images per class';
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      folder,
      rule,
      code === 'ENOENT'
        ? 'no folder of that name: check the path'
        : code === 'ENOTDIR'
          ? 'a file'
          : `one that cannot be read (${(error as Error).message})`,
    );
  }
  const folders: string[] = [];
  const images: string[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.isDirectory()) {
      folders.push(name);
    } else if (found?.isFile() && imageExtensions.includes(extname(name).toLowerCase())) {
      images.push(name);
    }
  }
  if (images.length > 0) {
    throw expectedInWords(
      folder,
      rule,
      `images outside of class folders (${someOf(images)}): move each into the folder of its class`,
    );
  }
  if (folders.length === 0) {
    throw expectedInWords(folder, rule, 'one without folders');
  }
  return folders;
}

/**
 * A data set of one folder per class, `folder/<class>/*.jpg`; the folder's name is the class. Folders inside class
 * folders are searched too. Nothing is decoded.
 *
 * @returns images by class, sorted by name
 * @throws WeldonError for a folder that is not there or holds images outside of class folders, for class folders with
 *   too few images, for the same image in two classes (by content), and for a class that `classes` lacks
 *
 * @example
 * const rooms = await readClassFolders('rooms/train'); // { classes: ['bar', 'cellar'], images: […], multiLabel: false … }
 */
export async function readClassFolders(folder: string, options: ReadClassFoldersOptions = {}): Promise<ImageDataSet> {
  const folders = await classFolders(folder);
  const classes = options.classes ?? folders;
  const unknown = folders.filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    throw expectedInWords(
      `the class folders of ${folder}`,
      `named as one of the ${classes.length} classes`,
      `${someOf(unknown)}${nearestNames(unknown[0], classes)}`,
    );
  }
  const images: LabelledImage[] = [];
  for (const [label, name] of classes.entries()) {
    if (folders.includes(name)) {
      const { files } = await findImages([join(folder, name)]);
      images.push(...files.map((path) => ({ path, labels: [label] })));
    }
  }
  const dataSet = { name: folder, classes: [...classes], multiLabel: false, images };
  checkClassSizes(dataSet, folders, options.atLeast ?? (options.classes === undefined ? 2 : 0));
  await refuseSharedImages(dataSet);
  return dataSet;
}
