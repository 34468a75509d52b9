import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { expectedInWords } from '../../../src/errors.js';
import { someOf } from '../../../src/node/dataSets/imageDataSet.js';
import { inParallel } from '../../../src/node/dataSets/inParallel.js';
import type { Split } from './protocolData.js';

/** Members of the same value together, where there are two or more; those without a value are with nobody. */
function groupsOf(members: readonly string[], values: readonly (string | number | null)[]): string[][] {
  const groups = new Map<string | number, string[]>();
  members.forEach((member, i) => {
    const value = values[i];
    if (value !== null) {
      const group = groups.get(value) ?? [];
      group.push(member);
      groups.set(value, group);
    }
  });
  return [...groups.values()].filter((group) => group.length > 1);
}

/** Files of the same content, in groups; each file is read once, and only if another has its size. */
async function equalFiles(paths: readonly string[]): Promise<string[][]> {
  // A file that cannot be read is told of where its picture is needed.
  const sizes = await inParallel(paths, (path) => stat(path).then(({ size }) => size, () => null));
  const candidates = groupsOf(paths, sizes).flat();
  const hashes = await inParallel(candidates, (path) =>
    readFile(path).then((bytes) => createHash('sha256').update(bytes).digest('hex'), () => null));
  return groupsOf(candidates, hashes);
}

/** Pairs of a training and a test picture of the same content. */
function pairsIn({ train, test }: Split, groups: readonly (readonly string[])[]): [string, string][] {
  const groupOf = new Map(groups.flatMap((group) => group.map((path) => [path, group] as const)));
  const trained = new Set(train.images.map(({ path }) => path));
  return test.images.flatMap(({ path }) => (groupOf.get(path) ?? [])
    .filter((other) => other !== path && trained.has(other)).map((other): [string, string] => [other, path]));
}

/**
 * Refuses pictures that are trained on and measured on, in any of the splits: by path, and by content, since copies under
 * other names are what happens.
 *
 * @param allowed copies under other names are told and stay, as in published data sets that have some
 * @returns notices
 * @throws WeldonError with how many, and the first ones
 */
export async function refuseShared(splits: readonly Split[], allowed: boolean): Promise<string[]> {
  const [{ test: { name } }] = splits;
  for (const { train, test } of splits) {
    const paths = new Set(train.images.map(({ path }) => resolve(path)));
    const listed = test.images.filter(({ path }) => paths.has(resolve(path))).map(({ path }) => path);
    if (listed.length > 0) {
      throw expectedInWords(`train and test of ${name}`, 'without a picture in common', `${listed.length}: ${someOf(listed)}`);
    }
  }
  const all = new Set(splits.flatMap(({ train, test }) => [...train.images, ...test.images]).map(({ path }) => path));
  const groups = await equalFiles([...all]);
  const pairs = splits.map((split) => pairsIn(split, groups));
  const found = pairs.findIndex(({ length }) => length > 0);
  if (found < 0) {
    return [];
  }
  const counts = pairs.map(({ length }) => length);
  const [count, where, first] = splits.length === 1 ? [`${counts[0]}`, '', '']
    : [`${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`, ` in the ${splits.length} splits`, `in split ${found + 1} `];
  const names = first + someOf(pairs[found].map((pair) => pair.map((path) => relative(name, path)).join(' is ')));
  if (!allowed) {
    throw expectedInWords(`train and test of ${name}`, 'without a picture in common',
      `${count} with the same content${where}: ${names}. Remove them, or go on as it is with --allow-shared`);
  }
  return [`Test pictures that are in train too, under other names, and count all the same: ${count}${where}, ${names}`];
}
