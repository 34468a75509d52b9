import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expected, expectedInWords, WeldonError } from '../../errors.js';
import { atomicWrite, makeFolder, writeError } from '../../node/storage/atomicWrite.js';
import type { ResolvedTrainOptions } from './resolveOptions.js';
import type { TrainOptions } from './options.js';
import { lockName } from '../../node/storage/lock.js';
import { trainOptions, withNewNames } from './options.js';
import { readPlainFile } from '../../node/storage/plainFile.js';

/** Version of `config.json`. */
const version = 1;

/** What `config.json` in a run folder holds. */
export interface RunConfig {
  weldonRun: typeof version;
  options: ResolvedTrainOptions;
  /** what the run trains on */
  data: {
    name: string;
    classes: string[];
    multiLabel: boolean;
    train: number;
    validation: number;
    fingerprint: string;
  };
  backbone: { name: string; parameters: number; source?: string; license?: string };
  backend: string;
  /** where the frozen part ran, where that was not the backend */
  engine?: string;
  versions: Record<string, string>;
  /** when the run was begun, ISO 8601 */
  begun: string;
}

/** Where everything in a run folder lies. */
export interface RunPaths {
  folder: string;
  config: string;
  log: string;
  curves: string;
  checkpoints: string;
  /** features of a run that has no cache of its own */
  features: string;
  model: string;
}

/**
 * The run folder of options: `out`, or one in `runs` called as the data.
 *
 * @throws WeldonError where neither is given
 */
export function runFolderOf({ data, out }: TrainOptions): string {
  if (out === undefined && data === undefined) {
    throw expectedInWords(
      'data for trainModel',
      'a folder or a CSV file of labelled images, or out a run to go on with',
      'neither',
    );
  }
  return out ?? join('runs', basename(resolve(data as string)).replace(/\.\w+$/, ''));
}

export function runPaths(folder: string): RunPaths {
  const root = resolve(folder);
  const at = (name: string) => join(root, name);
  return {
    folder: root,
    config: at('config.json'),
    log: at('log.jsonl'),
    curves: at('curves.png'),
    checkpoints: at('checkpoints'),
    features: at('features'),
    model: at('model'),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return [];
    }
    throw code === 'ENOTDIR'
      ? expectedInWords(folder, 'a run folder, a new or an empty folder', 'a file of that name')
      : writeError(join(folder, '.'), error);
  }
}

/**
 * What the run in a folder was begun with; `null` for a folder that is not there or empty.
 *
 * @throws WeldonError for a folder that holds something else, and a `config.json` that cannot be read
 */
export async function readRun(folder: string): Promise<RunConfig | null> {
  const paths = runPaths(folder);
  const names = (await namesIn(paths.folder)).filter((name) => !name.endsWith('.part') && name !== lockName);
  if (names.length === 0) {
    return null;
  }
  if (!names.includes('config.json')) {
    throw expectedInWords(
      folder,
      'a run folder, a new or an empty folder',
      `one that holds ${names.slice(0, 3).join(', ')}: choose another`,
    );
  }
  let config: Partial<RunConfig>;
  try {
    config = JSON.parse((await readPlainFile(paths.config)).toString()) as Partial<RunConfig>;
  } catch (error) {
    throw new WeldonError(`Cannot read the run's ${paths.config}: ${(error as Error).message}`);
  }
  if (config.weldonRun !== version || config.options === undefined || config.data === undefined) {
    throw expectedInWords(
      paths.config,
      `that of a run, version ${version}`,
      config.weldonRun === undefined ? 'another file' : `version ${config.weldonRun}: choose another folder`,
    );
  }
  return { ...config, options: withNewNames(config.options) } as RunConfig;
}

/** The backend that the run in the folder of these options was begun on; `null` where there is none yet. */
export async function backendOfRun(options: TrainOptions): Promise<string | null> {
  const run = await readRun(runFolderOf(options));
  return run === null ? null : run.engine === undefined ? run.backend : run.engine.split(' ')[0];
}

/** Options that may differ when a run goes on: where things lie, and how often they are written. */
const free = new Set(['data', 'out', 'images', 'validation', 'cache', 'checkpointEvery']);

/**
 * Refuses to go on with a run under other options, on other images or on another backend than it was begun with.
 *
 * @throws WeldonError naming the first that differs
 */
export function checkSameRun(then: RunConfig, now: RunConfig): void {
  const owner = `the run ${now.options.out}`;
  for (const name of Object.keys(trainOptions) as (keyof TrainOptions)[]) {
    if (!free.has(name) && JSON.stringify(now.options[name]) !== JSON.stringify(then.options[name])) {
      const before = then.options[name] === undefined ? 'absent' : JSON.stringify(then.options[name]);
      throw new WeldonError(
        `Expected ${name} of ${owner} to be ${before}, as it was begun with, but received ` +
          `${JSON.stringify(now.options[name]) ?? 'none'}: choose another folder for another run`,
      );
    }
  }
  if (then.data.fingerprint !== now.data.fingerprint) {
    throw new WeldonError(
      `Expected the images of ${owner} to be those it was begun with, ${then.data.train} to train on and ` +
        `${then.data.validation} for validation, but received others (${now.data.train} and ${now.data.validation}): choose another folder`,
    );
  }
  if (then.backend !== now.backend) {
    throw expected(`backend of ${owner}`, `${then.backend}, as it was begun with`, now.backend);
  }
  if (then.engine !== now.engine) {
    const [before, here] = [then, now].map(({ engine, backend }) => engine ?? backend);
    throw expectedInWords(`the engine of ${owner}`, `${before}, as it was begun with`, here);
  }
}

/** Makes the folder and writes what the run is begun with; nothing is there before. */
export async function beginRun(paths: RunPaths, config: RunConfig): Promise<void> {
  await makeFolder(paths.folder);
  await atomicWrite(paths.config, `${JSON.stringify(config, null, 2)}\n`);
}

/** The model that a path means: of a run folder that in its `model`, otherwise the path itself. */
export async function modelOfRun(path: string): Promise<string> {
  const there = async (name: string) => (await stat(name).catch(() => null)) !== null;
  const own = join(path, 'model');
  return !(await there(join(path, 'model.json'))) && (await there(join(own, 'model.json'))) ? own : path;
}
