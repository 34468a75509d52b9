import { relative, resolve } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { equalFiles } from '../duplicates.js';
import { someOf } from '../imageDataSet.js';
import type { Split } from './splits.js';

/** Pairs of a training and a test picture of the same content. */
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
 * Refuses pictures that are trained on and measured on, in any of the splits: by path, and by content, since copies under
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
        'without a picture in common',
        `${listed.length}: ${someOf(listed)}`,
      );
    }
  }
  const all = [
    ...new Set(splits.flatMap(({ train, test }) => [...train.images, ...test.images]).map(({ path }) => path)),
  ];
  // A file that cannot be read is told of where its picture is needed.
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
      'without a picture in common',
      `${count} with the same content${where}: ${names}. Remove them, or go on as it is with --allow-shared`,
    );
  }
  return [`Test pictures that are in train too, under other names, and count all the same: ${count}${where}, ${names}`];
}
