import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { packageRoot } from '../../node/packageRoot.js';
import { recognizeDataSet } from '../../node/datasets/readers/detectFormat.js';
import type { DataSetConfig, ExperimentConfig } from './config.js';
import type { ExperimentOptions } from './options.js';

/** What of a command line decides estimates. */
export type DecisiveOptions = Pick<
  ExperimentOptions,
  | 'config'
  | 'data'
  | 'dataset'
  | 'splits'
  | 'weights'
  | 'methods'
  | 'full'
  | 'allowMissing'
  | 'allowShared'
  | 'skipCorrupt'
  | 'command'
>;

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
  const { config, dataset, splits, methods } = options;
  const flag = (given: unknown, ...words: string[]) => (given === undefined || given === false ? [] : words);
  return [
    options.command ?? 'weldon experiment',
    ...(config === undefined ? [] : ['--config', pathFrom([packageRoot(), process.cwd()], config)]),
    ...flag(dataset, '--dataset', `${dataset}`),
    ...flag(splits, '--splits', `${splits}`),
    ...flag(options.data, '--data DIR'),
    ...flag(options.weights, '--weights DIR'),
    ...flag(options.allowMissing, '--allow-missing'),
    ...flag(options.allowShared, '--allow-shared'),
    ...flag(options.skipCorrupt, '--skip-corrupt'),
    ...flag(options.full, '--full'),
    ...flag(methods, '--methods', ...(methods ?? [])),
  ].join(' ');
}

/** What the command line says of the data set, apart from where it is. */
export type DataSetWords = Pick<ExperimentOptions, 'dataset' | 'splits'>;

/** The recipe for images that are given without one: MIT67 has its own; without images, the one that makes them. */
export async function usualRecipe(data: string | undefined): Promise<string> {
  const name =
    data === undefined
      ? 'scattered-objects'
      : (await recognizeDataSet(data)) === 'mit67'
        ? 'mit67-lite0'
        : 'own-images-lite0';
  return join(packageRoot(), 'demos/mit67/recipes', `${name}.json`);
}

/**
 * A run on the data set that the command line names. Where it names none, the config says what it is, or without a config
 * of the user's own, what the folder holds.
 *
 * @param usual whether the config is the one of `usualRecipe`
 * @throws WeldonError for `splits` of a data set that is divided already
 */
export async function withDataSet(
  config: ExperimentConfig,
  data: string | undefined,
  { dataset, splits }: DataSetWords,
  usual: boolean,
): Promise<ExperimentConfig> {
  const kind = dataset ?? (usual && data !== undefined ? await recognizeDataSet(data) : config.dataSet.kind);
  const own: DataSetConfig = kind === config.dataSet.kind ? config.dataSet : { kind };
  if (splits === undefined) {
    return { ...config, dataSet: own };
  }
  if (own.kind !== 'folder' && own.kind !== 'scene15') {
    throw expectedInWords(
      '--splits',
      'given for class folders or 15-Scene, which are divided at random',
      `given for ${own.kind}`,
    );
  }
  return { ...config, dataSet: { ...own, splits } };
}
