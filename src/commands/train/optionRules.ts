import { expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { poolingPresets } from '../../pooling/presets.js';
import type { TrainOptions } from './options.js';
import { augmentations } from './options.js';
import { readFile } from 'node:fs/promises';

/**
 * Options of a run from a JSON file: an object with the names of {@link TrainOptions}. The `config.json` of a run folder
 * is one too; its options are taken. Paths in it are used as they stand, from where the command is run.
 *
 * @throws WeldonError for a file that cannot be read, text that is no JSON object, an unknown option (with the nearest
 *   names), and a value out of range
 */
export async function readTrainConfig(path: string): Promise<Partial<TrainOptions>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      path,
      'a configuration file',
      code === 'ENOENT' ? 'no file of that name' : code === 'EISDIR' ? 'a folder' : message,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw expectedInWords(path, 'a configuration in JSON', `text that is not JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw expectedInWords(path, 'a JSON object with options of a run', Array.isArray(json) ? 'an array' : `${json}`);
  }
  const { weldonRun, options } = json as { weldonRun?: unknown; options?: Record<string, unknown> };
  const named = weldonRun !== undefined && options !== undefined ? options : (json as Record<string, unknown>);
  checkTrainOptions(named, path);
  return named as Partial<TrainOptions>;
}

/** What one option may be, for the command line, configuration files and `trainModel` alike. */
export interface OptionRule {
  /** what is accepted, as it follows "Expected … to be" */
  rule: string;
  accepts(value: unknown): boolean;
  /** The value that a word on the command line means; what is refused comes back as it is. */
  parse(word: string): unknown;
}

function toNumber(word: string): unknown {
  return word.trim() === '' || Number.isNaN(Number(word)) ? word : Number(word);
}

function number(rule: string, accepts: (value: number) => boolean): OptionRule {
  return {
    rule,
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && accepts(value),
    parse: toNumber,
  };
}

function wholeNumber(least: number, most: number): OptionRule {
  return number(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  );
}

function oneOf(words: readonly string[]): OptionRule {
  const listed = words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`;
  return { rule: listed, accepts: (value) => words.includes(value as string), parse: (word) => word };
}

const text: OptionRule = {
  rule: 'a text',
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
  parse: (word) => word,
};
const rate = number('a number from 0 up to, not including, 1', (value) => value >= 0 && value < 1);
const regions: OptionRule = {
  ...number(
    'a number of regions such as 3, a share such as 0.2, or 0 for none',
    (value) => value >= 0 && (value < 1 || Number.isInteger(value)),
  ),
  parse: (word) => {
    const percent = /^\s*([\d.]+)\s*%\s*$/.exec(word);
    return percent === null ? toNumber(word) : Number(percent[1]) < 100 ? Number(percent[1]) / 100 : word;
  },
};
const positive = (most: number) => number(`a number above 0, ${most} at most`, (value) => value > 0 && value <= most);

/** Every option there is. */
export const optionRules: Readonly<Record<keyof TrainOptions, OptionRule>> = {
  data: text,
  out: text,
  images: text,
  validation: {
    rule: 'class folders, a CSV file, or a share of the images from 0 up to, not including, 1',
    accepts: (value) => (typeof value === 'number' ? value >= 0 && value < 1 : text.accepts(value)),
    parse: (word) => {
      const percent = /^\s*([\d.]+)\s*%\s*$/.exec(word);
      return percent === null ? toNumber(word) : Number(percent[1]) / 100;
    },
  },
  backbone: text,
  weights: text,
  recipe: text,
  layer: text,
  strategy: oneOf(['scratch', 'features', 'fineTune', 'twoPhase']),
  epochs: wholeNumber(1, 100_000),
  headEpochs: wholeNumber(1, 100_000),
  learningRate: positive(100),
  backboneRate: number('a number from 0 to 100', (value) => value >= 0 && value <= 100),
  batchSize: wholeNumber(1, 65_536),
  loss: oneOf(['softmax', 'oneVsAll', 'multiLabelSoftMargin', 'squaredHinge', 'apRanking']),
  labelSmoothing: rate,
  optimizer: oneOf(['sgd', 'adam', 'adamW']),
  schedule: oneOf(['constant', 'step', 'cosine']),
  warmUp: wholeNumber(0, 1e9),
  weightDecay: number('a number from 0 to 100', (value) => value >= 0 && value <= 100),
  clipNorm: positive(1e9),
  accumulate: wholeNumber(1, 65_536),
  trainFrom: text,
  patience: wholeNumber(1, 100_000),
  seed: wholeNumber(0, 2 ** 31 - 1),
  pooling: oneOf(Object.keys(poolingPresets)),
  kMax: regions,
  kMaxFrom: {
    ...regions,
    rule: 'a number of regions such as 3, or a share such as 0.5',
    accepts: (value) => value !== 0 && regions.accepts(value),
  },
  kMin: { ...regions, accepts: (value) => value === null || regions.accepts(value) },
  alpha: number('a number from -1000 to 1000', (value) => Math.abs(value) <= 1000),
  reduction: oneOf(['mean', 'sum', 'halfMean']),
  maps: wholeNumber(1, 256),
  normalise: oneOf(['none', 'regions', 'channels']),
  dropMap: rate,
  dropout: rate,
  size: wholeNumber(16, 4096),
  resize: oneOf(['warp', 'crop']),
  augment: {
    rule: `some of ${augmentations.join(', ')}`,
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((word) => augmentations.includes(word)),
    parse: (word) =>
      word
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
  },
  augmentEpochs: wholeNumber(1, 1000),
  cache: text,
  checkpointEvery: wholeNumber(1, 1e9),
};

/** The names in the order of the table. */
export const optionNames = Object.keys(optionRules) as (keyof TrainOptions)[];

/**
 * Refuses unknown names, with the nearest known ones, and values out of range. Options that are `undefined` pass.
 *
 * @param owner for the sentences: the function, or the configuration file
 */
export function checkTrainOptions(options: Record<string, unknown>, owner: string): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = optionRules[name as keyof TrainOptions] as OptionRule | undefined;
    if (rule === undefined) {
      throw new WeldonError(
        `Expected only options of a run in ${owner} but received ${JSON.stringify(name)}` +
          nearestNames(name, optionNames),
      );
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw expected(`${name} for ${owner}`, rule.rule, value);
    }
  }
}
