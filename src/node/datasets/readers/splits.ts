import { relative, resolve } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { readText } from '../../readText.js';
import { checkImages } from '../checkImages.js';
import { equalFiles } from '../duplicates.js';
import { someOf } from '../imageDataSet.js';
import type { ImageDataSet } from '../imageDataSet.js';
import type { Annotations } from './annotations.js';

/** Images of each class, by label. */
const countsOf = (classes: readonly string[], images: ExperimentData['splits'][number]['train']['images']) => {
  const counts = classes.map(() => 0);
  images.forEach(({ labels }) =>
    labels.forEach((label) => {
      counts[label]++;
    }),
  );
  return counts;
};

/**
 * Why a data set of which images are missing is too small for an experiment; `null` if it is not. It takes two classes
 * with two images to train on (one of them to choose by) and one to measure on.
 */
export function tooSmall({ classes, splits: [{ train, test }] }: ExperimentData): string | null {
  const [trained, measured] = [countsOf(classes, train.images), countsOf(classes, test.images)];
  const fit = classes.filter((_, label) => trained[label] >= 2 && measured[label] >= 1).length;
  return fit >= 2
    ? null
    : `Nothing can be trained and measured: that takes two classes or more with two images to train on and one to measure on, and ` +
        `there ${fit === 1 ? 'is one' : 'are none'} of ${classes.length}. There are ${train.images.length} images to train on and ` +
        `${test.images.length} to measure on`;
}

/** Pairs of a training and a test image of the same content. */
function pairsIn({ train, test }: Split, groups: readonly (readonly string[])[]): [string, string][] {
  const groupOf = new Map(groups.flatMap((group) => group.map((path) => [path, group] as const)));
  const trained = new Set(train.images.map(({ path }) => path));
  return test.images.flatMap(({ path }) =>
    (groupOf.get(path) ?? [])
      .filter((other) => other !== path && trained.has(other))
      .map((other): [string, string] => [other, path]),
  );
}

/**
 * Refuses images that are trained on and measured on, in any of the splits: by path, and by content, since copies under
 * other names are what happens.
 *
 * @param allowed copies under other names are told and stay, as in published data sets that have some
 * @returns notices
 * @throws WeldonError with how many, and the first ones
 */
export async function refuseShared(splits: readonly Split[], allowed: boolean): Promise<string[]> {
  const [
    {
      test: { name },
    },
  ] = splits;
  for (const { train, test } of splits) {
    const paths = new Set(train.images.map(({ path }) => resolve(path)));
    const listed = test.images.filter(({ path }) => paths.has(resolve(path))).map(({ path }) => path);
    if (listed.length > 0) {
      throw expectedInWords(
        `train and test of ${name}`,
        'without an image in common',
        `${listed.length}: ${someOf(listed)}`,
      );
    }
  }
  const all = [
    ...new Set(splits.flatMap(({ train, test }) => [...train.images, ...test.images]).map(({ path }) => path)),
  ];
  // A file that cannot be read is told of where its image is needed.
  const groups = (await equalFiles(all, true)).map((group) => group.map((i) => all[i]));
  const pairs = splits.map((split) => pairsIn(split, groups));
  const found = pairs.findIndex(({ length }) => length > 0);
  if (found < 0) {
    return [];
  }
  const counts = pairs.map(({ length }) => length);
  const [count, where, first] =
    splits.length === 1
      ? [`${counts[0]}`, '', '']
      : [
          `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`,
          ` in the ${splits.length} splits`,
          `in split ${found + 1} `,
        ];
  const names = first + someOf(pairs[found].map((pair) => pair.map((path) => relative(name, path)).join(' is ')));
  if (!allowed) {
    throw expectedInWords(
      `train and test of ${name}`,
      'without an image in common',
      `${count} with the same content${where}: ${names}. Remove them, or go on as it is with --allow-shared`,
    );
  }
  return [`Test images that are in train too, under other names, and count all the same: ${count}${where}, ${names}`];
}

/** What to train on and what to measure on, once. */
export interface Split {
  train: ImageDataSet;
  test: ImageDataSet;
}

/** A data set as a protocol divides it. */
export interface ExperimentData {
  /** for headings: `MIT67` */
  name: string;
  classes: readonly string[];
  multiLabel: boolean;
  /** one, or several random ones */
  splits: readonly Split[];
  /** where objects are, if that is known */
  annotations?: Annotations;
  /** classes that do not count for an image, neither shown nor not, by its path: "difficult" in Pascal VOC */
  leftOut?: ReadonlyMap<string, readonly number[]>;
  /** images that are listed but not there, as listed; empty unless that was allowed */
  missing: readonly string[];
  /** images that are there but in no list, by path, where there are lists: never trained on, never measured on */
  unlisted?: readonly string[];
  /** what a reader of the results must know */
  notices: readonly string[];
  /** licence or terms, and where it is to be had */
  terms?: string;
}

/** @throws WeldonError naming the classes that have nothing to be measured on, or nothing to be learned from */
export function refuseUntested({ train, test }: Split): void {
  for (const [part, set] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const counts = set.classes.map((_, label) => set.images.filter(({ labels }) => labels.includes(label)).length);
    const empty = set.classes.filter((_, label) => counts[label] === 0);
    if (empty.length > 0) {
      throw expectedInWords(
        `every class of ${set.name}`,
        `one with images to ${part} on`,
        `${empty.length === 1 ? 'one' : `${empty.length}`} without: ${someOf(empty)}`,
      );
    }
  }
}

/**
 * A data set without the images that cannot be read; how many, and which and why, is a notice for the report. Every
 * image is decoded once.
 *
 * @param root the data set's folder, for the names of images
 * @throws WeldonError for a class that loses all its images to train or to measure on
 */
export async function withoutCorrupt(
  data: ExperimentData,
  root: string,
  onProgress?: (done: number, total: number) => void,
): Promise<ExperimentData> {
  const all = new Map(
    data.splits.flatMap(({ train, test }) => [...train.images, ...test.images]).map((image) => [image.path, image]),
  );
  const { unreadable } = await checkImages(
    { ...data.splits[0].train, images: [...all.values()] },
    { notice: () => undefined, onProgress },
  );
  if (unreadable.length === 0) {
    return data;
  }
  const gone = new Set(unreadable.map(({ path }) => path));
  const left = <T extends ExperimentData['splits'][number]['train']>(set: T): T => ({
    ...set,
    images: set.images.filter(({ path }) => !gone.has(path)),
  });
  const splits = data.splits.map(({ train, test }) => ({ train: left(train), test: left(test) }));
  if (data.missing.length === 0) {
    splits.forEach(refuseUntested);
  }
  const names = unreadable.map(({ path }) => relative(root, path));
  return {
    ...data,
    splits,
    notices: [
      ...data.notices,
      `Images that cannot be read, ${unreadable.length} of ${all.size}, are left out (--skip-corrupt): ${names.join(', ')}`,
    ],
  };
}

/**
 * The lines of a list of images: any line ends, none at the end of the file needed, blanks inside names kept.
 *
 * @throws WeldonError for a list that cannot be read, is empty, or names an image twice
 */
export async function readImageList(path: string): Promise<string[]> {
  const text = await readText(path, 'a list of images');
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) {
    throw expectedInWords(path, 'a list of images', 'one without lines');
  }
  const seen = new Set<string>();
  const twice = lines.filter((line) => seen.size === seen.add(line).size);
  if (twice.length > 0) {
    throw expectedInWords(path, 'a list that has every image once', `${twice.length} twice: ${someOf(twice)}`);
  }
  return lines;
}
