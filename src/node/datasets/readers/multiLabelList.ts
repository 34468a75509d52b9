import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { readLabelFile } from '../labelFile.js';
import type { ImageDataSet } from '../imageDataSet.js';
import { readMaskFiles } from './annotations.js';
import type { ExperimentData } from './splits.js';
import { refuseShared, refuseUntested } from './splits.js';

export interface ReadLabelledListOptions {
  /** Classes to leave out; their images stay. */
  without?: readonly string[];
  /** Go on where images are in both halves under different names, and tell. Default false. */
  allowShared?: boolean;
  /** For headings. Default: the folder's name. */
  name?: string;
}

/** A data set without some of its classes; its images stay, with the labels that are left. */
function withoutClasses(dataSet: ImageDataSet, dropped: readonly string[]): ImageDataSet {
  const unknown = dropped.filter((name) => !dataSet.classes.includes(name));
  if (unknown.length > 0) {
    throw expectedInWords('classes to leave out', `among those of ${dataSet.name}`, unknown.join(', '));
  }
  const classes = dataSet.classes.filter((name) => !dropped.includes(name));
  const images = dataSet.images.map(({ path, labels }) => ({
    path,
    labels: labels.map((label) => classes.indexOf(dataSet.classes[label])).filter((label) => label >= 0),
  }));
  return { ...dataSet, classes, images };
}

/** Half of the images, by the MD5 of their names: random in effect, the same for everybody, and no list is needed. */
function halves(dataSet: ImageDataSet): { train: ImageDataSet; test: ImageDataSet } {
  const hash = ({ path }: { path: string }) =>
    createHash('md5')
      .update(basename(path, extname(path)))
      .digest('hex');
  const sorted = [...dataSet.images].sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
  const half = Math.floor(sorted.length / 2);
  return { train: { ...dataSet, images: sorted.slice(0, half) }, test: { ...dataSet, images: sorted.slice(half) } };
}

/**
 * Images that show several classes, listed in `labels.csv`: `images/*`, and if there are masks, `masks/*.png` with the
 * classes' colours in `masks.csv`. Half of the images train, by the MD5 of their names.
 *
 * @throws WeldonError as `readLabelFile`, and for a class that only one half shows
 *
 * @example
 * const msrc = await readLabelledList('msrc_v2', { without: ['horse'] }); // 3 images show a horse
 */
export async function readLabelledList(folder: string, options: ReadLabelledListOptions = {}): Promise<ExperimentData> {
  const there = async (name: string) => (await stat(join(folder, name)).catch(() => null)) !== null;
  const root = (await there('images')) ? join(folder, 'images') : folder;
  const all = await readLabelFile(join(folder, 'labels.csv'), { root, multiLabel: true });
  const dataSet = withoutClasses({ ...all, name: folder }, options.without ?? []);
  const split = halves(dataSet);
  refuseUntested(split);
  const notices = await refuseShared([split], options.allowShared ?? false);
  const masked = (await there('masks')) && (await there('masks.csv'));
  return {
    name: options.name ?? basename(resolve(folder)),
    classes: dataSet.classes,
    multiLabel: true,
    splits: [split],
    missing: [],
    notices: [...notices, ...(options.without === undefined ? [] : [`Left out: ${options.without.join(', ')}`])],
    ...(masked
      ? { annotations: await readMaskFiles(join(folder, 'masks'), join(folder, 'masks.csv'), dataSet.classes) }
      : {}),
  };
}
