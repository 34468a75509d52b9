import { basename, isAbsolute, relative, resolve } from 'node:path';
import { packageRoot } from '../../node/packageRoot.js';
import type { DataSetWords } from './datasetFlags.js';

/** What of a command line decides figures. */
export interface DecisiveOptions extends DataSetWords {
  config?: string;
  data?: string;
  weights?: string;
  rows?: readonly string[];
  full?: boolean;
  allowMissing?: boolean;
  allowShared?: boolean;
  skipCorrupt?: boolean;
}

/** A path that says nothing of this machine: from one of the folders on, or the name alone of a file that is in none. */
function pathFrom(folders: readonly string[], path: string): string {
  const inside = folders
    .map((folder) => relative(folder, resolve(path)))
    .find((one) => !one.startsWith('..') && !isAbsolute(one));
  const told = (inside ?? basename(path)).replaceAll('\\', '/');
  return /^[\w@%+=:,./-]+$/.test(told) ? told : `'${told}'`;
}

/** The command of a run as another can give it: folders of data and weights are theirs. */
export function commandOf(options: DecisiveOptions): string {
  const { config, dataset, splits, rows } = options;
  const flag = (given: unknown, ...words: string[]) => (given === undefined || given === false ? [] : words);
  return [
    'npm run mit67 --',
    ...(config === undefined ? [] : ['--config', pathFrom([packageRoot(), process.cwd()], config)]),
    ...flag(dataset, '--dataset', `${dataset}`),
    ...flag(splits, '--splits', `${splits}`),
    ...flag(options.data, '--data DIR'),
    ...flag(options.weights, '--weights DIR'),
    ...flag(options.allowMissing, '--allow-missing'),
    ...flag(options.allowShared, '--allow-shared'),
    ...flag(options.skipCorrupt, '--skip-corrupt'),
    ...flag(options.full, '--full'),
    ...flag(rows, '--rows', ...(rows ?? [])),
  ].join(' ');
}
