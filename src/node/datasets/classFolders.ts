import { checkKeys, expectedInWords, nearestNames } from '../../errors.js';
import { listFolder, searchFolder, unnamedError } from '../images/findImages.js';
import { isImageName } from '../images/imageNames.js';
import { fileKind, passedOverInWords } from '../images/passedOver.js';
import type { PassedOver } from '../images/passedOver.js';
import type { Notice } from '../notice.js';
import { toStderr } from '../notice.js';
import type { ImageDataSet, LabelledImage } from './imageDataSet.js';
import { classFinder, cleanName, someOf, tellNearNames } from './imageDataSet.js';
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
  /** Takes a sentence each about what is passed over, by kind, and classes that are joined. Default: a line on stderr. */
  notice?: Notice;
}

/** Folders of a class; several where their names are the same in another writing. */
export type ClassFolders = Map<string, string[]>;

/**
 * The class folders in a folder, sorted by class; folders whose names differ only in blanks around them or in how accents
 * are written are one class.
 *
 * @param passedOver takes what is left out beside them
 */
export async function findClassFolders(folder: string, passedOver: PassedOver[] = []): Promise<ClassFolders> {
  const rule = 'a folder with one folder of images per class';
  let listed: Awaited<ReturnType<typeof listFolder>>;
  try {
    listed = await listFolder(folder, passedOver);
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
  const { entries, unnamed } = listed;
  const strange = unnamed.find(({ name, isFolder }) => isFolder || isImageName(name));
  if (strange !== undefined) {
    throw unnamedError(strange);
  }
  const files = entries.filter(({ isFolder }) => !isFolder);
  const images = files.filter(({ name }) => isImageName(name));
  if (images.length > 0) {
    throw expectedInWords(
      folder,
      rule,
      `images outside of class folders (${someOf(images.map(({ name }) => name))}): move each into the folder of its class`,
    );
  }
  for (const { name, path } of files) {
    const kind = fileKind(name);
    passedOver.push(...(kind === null ? [] : [{ path, kind }]));
  }
  const folders: ClassFolders = new Map();
  for (const { name, path, isFolder } of entries) {
    if (isFolder) {
      folders.set(cleanName(name), [...(folders.get(cleanName(name)) ?? []), path]);
    }
  }
  if (folders.size === 0) {
    throw expectedInWords(folder, rule, 'one without folders');
  }
  return new Map([...folders].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A data set of one folder per class, `folder/<class>/*.jpg`; the folder's name is the class. Folders inside class
 * folders are searched too; folders that systems make are not. Names that differ only in blanks around them or in how
 * accents are written are one. Nothing is decoded.
 *
 * @returns images by class, sorted by name
 * @throws WeldonError for a folder that is not there or holds images outside of class folders, for class folders with
 *   too few images or a name that is no UTF-8, for the same image in two classes (by content), and for a class that `classes` lacks
 *
 * @example
 * const rooms = await readClassFolders('rooms/train'); // { classes: ['bar', 'cellar'], images: […], multiLabel: false … }
 */
export async function readClassFolders(folder: string, options: ReadClassFoldersOptions = {}): Promise<ImageDataSet> {
  checkKeys(options, 'classes atLeast notice', 'readClassFolders');
  const { notice = toStderr } = options;
  const passedOver: PassedOver[] = [];
  const folders = await findClassFolders(folder, passedOver);
  const names = [...folders.keys()];
  const classes = options.classes ?? names;
  const numberOf = classFinder(classes);
  const unknown = names.filter((name) => numberOf(name) < 0);
  if (unknown.length > 0) {
    throw expectedInWords(
      `the class folders of ${folder}`,
      `named as one of the ${classes.length} classes`,
      `${someOf(unknown)}${nearestNames(unknown[0], classes)}`,
    );
  }
  const byClass = classes.map((): LabelledImage[] => []);
  for (const [name, paths] of folders) {
    const label = numberOf(name);
    if (paths.length > 1) {
      notice(`${paths.map((path) => JSON.stringify(path)).join(' and ')} are one class, ${name}`);
    }
    for (const path of paths) {
      const found = await searchFolder(path);
      byClass[label].push(...found.files.map((file) => ({ path: file, labels: [label] })));
      passedOver.push(...found.passedOver);
      found.errors.forEach(({ error }) => notice(`Left out: ${error.message}`));
    }
  }
  const sentence = passedOverInWords(folder, passedOver);
  if (sentence !== null) {
    notice(sentence);
  }
  tellNearNames(folder, names, notice);
  const dataSet = { name: folder, classes: [...classes], multiLabel: false, images: byClass.flat() };
  const found = names.map((name) => classes[numberOf(name)]);
  checkClassSizes(dataSet, found, options.atLeast ?? (options.classes === undefined ? 2 : 0));
  await refuseSharedImages(dataSet);
  return dataSet;
}
