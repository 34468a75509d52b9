import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { expectedInWords } from '../../../src/errors.js';
import type { ImageDataSet } from '../../../src/node/dataSets/imageDataSet.js';
import { someOf } from '../../../src/node/dataSets/imageDataSet.js';
import type { Annotations } from './annotations.js';

/** What to train on and what to measure on, once. */
export interface Split {
  train: ImageDataSet;
  test: ImageDataSet;
}

/** A data set as a protocol divides it. */
export interface ProtocolData {
  /** for headings: `MIT67` */
  name: string;
  classes: readonly string[];
  multiLabel: boolean;
  /** one, or several random ones */
  splits: readonly Split[];
  /** where objects are, if that is known */
  annotations?: Annotations;
  /** classes that do not count for a picture, neither shown nor not, by its path: "difficult" in Pascal VOC */
  leftOut?: ReadonlyMap<string, readonly number[]>;
  /** pictures that are listed but not there, as listed; empty unless that was allowed */
  missing: readonly string[];
  /** pictures that are there but in no list, by path, where there are lists: never trained on, never measured on */
  unlisted?: readonly string[];
  /** what a reader of the results must know */
  notices: readonly string[];
  /** licence or terms, and where it is to be had */
  terms?: string;
}

/** @throws WeldonError naming the classes that have nothing to be measured on, or nothing to be learned from */
export function refuseUntested({ train, test }: Split): void {
  for (const [part, set] of [['train', train], ['test', test]] as const) {
    const counts = set.classes.map((_, label) => set.images.filter(({ labels }) => labels.includes(label)).length);
    const empty = set.classes.filter((_, label) => counts[label] === 0);
    if (empty.length > 0) {
      throw expectedInWords(`every class of ${set.name}`, `one with pictures to ${part} on`,
        `${empty.length === 1 ? 'one' : `${empty.length}`} without: ${someOf(empty)}`);
    }
  }
}

/** Pictures of both sets with the same content; only files of equal size are read. */
async function equalContents(train: ImageDataSet, test: ImageDataSet): Promise<[string, string][]> {
  const sizeOf = async ({ path }: { path: string }) => (await stat(path)).size;
  const bySize = new Map<number, string[]>();
  for (const image of train.images) {
    const size = await sizeOf(image);
    bySize.set(size, [...bySize.get(size) ?? [], image.path]);
  }
  const hashes = new Map<string, string>();
  const hash = async (path: string) => {
    const known = hashes.get(path) ?? createHash('sha256').update(await readFile(path)).digest('hex');
    hashes.set(path, known);
    return known;
  };
  const pairs: [string, string][] = [];
  for (const image of test.images) {
    for (const path of bySize.get(await sizeOf(image)) ?? []) {
      if (await hash(path) === await hash(image.path)) {
        pairs.push([path, image.path]);
      }
    }
  }
  return pairs;
}

/**
 * Refuses pictures that are trained on and measured on: by path, and by content, since copies under other names are what
 * happens.
 *
 * @param allowed copies under other names are told and stay, as in published data sets that have some
 * @returns notices
 * @throws WeldonError with how many, and the first ones
 */
export async function refuseShared({ train, test }: Split, allowed: boolean): Promise<string[]> {
  const paths = new Set(train.images.map(({ path }) => resolve(path)));
  const listed = test.images.filter(({ path }) => paths.has(resolve(path))).map(({ path }) => path);
  if (listed.length > 0) {
    throw expectedInWords(`train and test of ${test.name}`, 'without a picture in common', `${listed.length}: ${someOf(listed)}`);
  }
  const pairs = await equalContents(train, test);
  const names = pairs.map((pair) => pair.map((path) => relative(test.name, path)).join(' is '));
  if (pairs.length > 0 && !allowed) {
    throw expectedInWords(`train and test of ${test.name}`, 'without a picture in common',
      `${pairs.length} with the same content: ${someOf(names)}. Remove them, or go on as it is with --allow-shared`);
  }
  return pairs.length === 0 ? [] : [`Test pictures that are in train too, under other names, and count all the ` +
    `same: ${pairs.length}, ${someOf(names)}`];
}
