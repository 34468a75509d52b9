import { readFile } from 'node:fs/promises';
import { expected, expectedInWords, WeldonError } from '../../errors.js';
import type { RecipeParts } from '../../models/index.js';
import { resolvePooling } from '../../pooling/regionCounts.js';
import type { PoolingChoice } from '../../pooling/presets.js';
import { isGap, poolingOf, poolingPresets, presetNames } from '../../pooling/presets.js';
import type { PoolingSchedule } from '../../training/index.js';
import { checkPoolingSchedule } from '../../training/poolingSchedule.js';
import { checkRunFields } from './configSchema.js';

/** Where images and labels are, in the folder of `--data`. */
export type DataSetConfig =
  /** class folders, divided as the folder is (`train` beside `test`) or in random `splits` */
  | { kind: 'folder'; splits?: number; perClass?: number; share?: number; allowShared?: boolean }
  /** 100 images of each class train, several random times */
  | { kind: 'scene15'; splits?: number }
  /** `labels.csv` and images of several labels, halved by the MD5 of their names; `without`: classes left out */
  | { kind: 'labelledList'; without?: string[]; allowShared?: boolean }
  /** the official lists */
  | { kind: 'mit67' }
  | { kind: 'pascalVoc'; train?: string; test?: string }
  /** small objects in rooms, which the evaluation makes itself */
  | { kind: 'scatteredObjects'; seed?: number; trainPerClass?: number; testPerClass?: number };

/** How features reach a head: as they are, each region divided by its root mean square, or channels standardised. */
export type NormaliseWord = 'none' | 'regions' | 'channels';

interface NamedRow {
  id: string;
  name: string;
  /** figures of a reference run of the same row, shares from 0 to 1 by id of the measure */
  reference?: Record<string, number>;
  /** the row takes long: it runs with `--full`, or where `--rows` names it or a row that is made from it */
  full?: true;
}

/** What all rows on frozen features may say otherwise than the run. */
interface FeatureChoice {
  layer?: string;
  size?: number;
  normalise?: NormaliseWord;
}

export interface HeadRow extends NamedRow, FeatureChoice {
  kind: 'head';
  pooling: PoolingChoice;
  /** maps per class; default 1 */
  maps?: number;
}

export interface SvmRow extends NamedRow, FeatureChoice {
  kind: 'svm';
  /** how maps of features become a vector */
  pooling: PoolingChoice;
}

export interface TrainedRow extends NamedRow {
  kind: 'fineTune' | 'scratch';
  pooling: PoolingChoice;
  maps?: number;
  size?: number;
  /** the last layer that stays as it is; its features are cached */
  trainFrom?: string;
  /** part of the head's rate that the backbone learns at; default 0.1 */
  backboneRate?: number;
  /** the regions that are pooled at first */
  poolingSchedule?: PoolingSchedule;
  /** epochs in which only the head learns, before all that is trained; default none */
  headEpochs?: number;
  /** part of the head's feature maps dropped as a whole in training; default 0 */
  dropMap?: number;
  rates: number[];
  epochs: number[];
  /** images per step; default 16 */
  batchSize?: number;
}

/** What a trained row says of its training, with the defaults; rates and numbers of epochs are chosen from. */
export function trainingOf({
  kind,
  pooling,
  maps = 1,
  trainFrom,
  backboneRate = 0.1,
  poolingSchedule,
  headEpochs = 0,
  dropMap = 0,
  batchSize = 16,
}: TrainedRow) {
  return {
    kind,
    pooling,
    maps,
    trainFrom,
    backboneRate: kind === 'scratch' ? 1 : backboneRate,
    poolingSchedule,
    headEpochs,
    dropMap,
    batchSize,
  };
}

export interface CombinedRow extends NamedRow {
  /** mean of the rows' probabilities, or a linear SVM on their scores (Object Bank) */
  kind: 'ensemble' | 'objectBank';
  of: string[];
}

export interface GradCamRow extends NamedRow {
  /** maps by Grad-CAM of the heads or the trained networks of another row: what it says of places, not of classes */
  kind: 'gradCam';
  of: string;
}

export type RowConfig = HeadRow | SvmRow | TrainedRow | CombinedRow | GradCamRow;

/** What altered images tell of maps: deletion, insertion, average drop and increase. */
export interface FaithfulnessConfig {
  /** test images that are altered: a sample that is always the same */
  images: number;
  /** equal steps in which pixels are taken away or put in */
  steps: number;
  /** ids of rows that have maps: of kind `head`, `fineTune`, `scratch` or `gradCam` */
  rows: string[];
}

export interface ProtocolConfig {
  /** one training per seed; figures are their means */
  seeds: number[];
  /** part of the training images that choices are made on */
  heldOut: number;
  /** times that another part is held out; choices go by the mean */
  repeats: number;
  /** learning rates and numbers of epochs to choose from, for heads on frozen features */
  rates: number[];
  epochs: number[];
  batchSize: number;
  weightDecay: number;
  /** deviation of the heads' first weights */
  initial: number;
  /** left out: images are not altered */
  faithfulness?: FaithfulnessConfig;
}

export interface PublishedFigure {
  name: string;
  source: string;
  figures: Record<string, number>;
}

/** A run: everything that decides its figures, apart from the images and the weights. */
export interface RunConfig {
  version: 1;
  title: string;
  dataSet: DataSetConfig;
  backbone: {
    name: string;
    layer: string;
    /** how it takes images, for weights that do not say so */
    input?: RecipeParts['input'];
  };
  /** images are warped to size × size pixels */
  size: number;
  normalise: NormaliseWord;
  protocol: ProtocolConfig;
  rows: RowConfig[];
  /** pairs of row ids: the first against the second */
  comparisons: [string, string][];
  published?: PublishedFigure[];
  terms?: string;
}

const protocolDefaults: ProtocolConfig = {
  seeds: [1, 2],
  heldOut: 0.3,
  repeats: 1,
  rates: [3e-4, 1e-3, 3e-3, 1e-2],
  epochs: [15],
  batchSize: 32,
  weightDecay: 1e-3,
  initial: 0.01,
};

function checkNumbers(what: string, values: unknown, accepts: (value: number) => boolean, rule: string): void {
  if (
    !Array.isArray(values) ||
    values.length === 0 ||
    !values.every((value) => typeof value === 'number' && accepts(value))
  ) {
    throw expected(what, rule, values);
  }
}

const wholeNumber = (least: number) => (value: number) => Number.isInteger(value) && value >= least;
const positive = (value: number) => Number.isFinite(value) && value > 0;

function checkTraining(row: TrainedRow, what: string): void {
  const check = (name: keyof TrainedRow, accepts: (value: number) => boolean, rule: string) => {
    if (row[name] !== undefined && !(typeof row[name] === 'number' && accepts(row[name]))) {
      throw expected(`${name} of ${what}`, rule, row[name]);
    }
  };
  check('maps', wholeNumber(1), 'a whole number >= 1');
  check('size', wholeNumber(32), 'a whole number of pixels >= 32');
  check('batchSize', wholeNumber(1), 'a whole number >= 1');
  check('backboneRate', (value) => value >= 0 && Number.isFinite(value), 'a number >= 0');
  check('dropMap', (value) => value >= 0 && value < 1, 'a number with 0 <= dropMap < 1');
  check(
    'headEpochs',
    (value) => row.kind === 'fineTune' && wholeNumber(1)(value),
    'a whole number >= 1, in a row that fine-tunes',
  );
  if (row.poolingSchedule !== undefined) {
    if (isGap(row.pooling)) {
      throw expectedInWords(`poolingSchedule of ${what}`, "absent where pooling is 'gap'", 'given');
    }
    checkPoolingSchedule(row.poolingSchedule);
  }
}

function checkNormalise(word: unknown, what: string): void {
  if (word !== undefined && !['none', 'regions', 'channels'].includes(word as string)) {
    throw expected(`normalise of ${what}`, "'none', 'regions' or 'channels'", word);
  }
}

function checkFrozen(row: HeadRow | SvmRow, what: string): void {
  checkNormalise(row.normalise, what);
  if (row.size !== undefined && !wholeNumber(32)(row.size)) {
    throw expected(`size of ${what}`, 'a whole number of pixels >= 32', row.size);
  }
  if (row.kind === 'head' && row.maps !== undefined && !wholeNumber(1)(row.maps)) {
    throw expected(`maps of ${what}`, 'a whole number >= 1', row.maps);
  }
}

/** Rows that have maps of their own. */
const kindsWithMaps: readonly RowConfig['kind'][] = ['head', 'fineTune', 'scratch'];
/** No linear SVM, whose margins are no probabilities, and none that only explains another row: that has its vote. */
const kindsWithProbabilities: readonly RowConfig['kind'][] = [...kindsWithMaps, 'ensemble'];
/** A linear SVM on scores is trained on those of the training images. */
const kindsWithTrainingScores: readonly RowConfig['kind'][] = ['head'];

const inWords = (kinds: readonly string[]) => {
  const quoted = kinds.map((kind) => `'${kind}'`);
  return quoted.length === 1 ? quoted[0] : `${quoted.slice(0, -1).join(', ')} or ${quoted[quoted.length - 1]}`;
};

function checkRow(row: RowConfig, rows: readonly RowConfig[], owner: string): void {
  const what = `row ${String(row.id)} of ${owner}`;
  if (typeof row.id !== 'string' || !/^[\w@.-]+$/.test(row.id) || typeof row.name !== 'string') {
    throw expectedInWords(what, 'a row with an id of letters and digits and a name', 'another');
  }
  if (rows.filter(({ id }) => id === row.id).length > 1) {
    throw expectedInWords(what, 'the only one of its id', 'one of several');
  }
  if (!['head', 'svm', 'fineTune', 'scratch', 'ensemble', 'objectBank', 'gradCam'].includes(row.kind)) {
    throw expected(
      `kind of ${what}`,
      "'head', 'svm', 'fineTune', 'scratch', 'ensemble', 'objectBank' or 'gradCam'",
      row.kind,
    );
  }
  if (row.full !== undefined && (row.full as unknown) !== true) {
    throw expected(`full of ${what}`, 'true, or absent', row.full);
  }
  if (row.kind === 'gradCam') {
    if (!kindsWithMaps.includes(rows.find(({ id }) => id === row.of)?.kind ?? 'svm')) {
      throw expected(`of in ${what}`, `the id of a row of kind ${inWords(kindsWithMaps)}`, row.of);
    }
    return;
  }
  if (row.kind === 'ensemble' || row.kind === 'objectBank') {
    const before = rows.slice(0, rows.indexOf(row)).map(({ id }) => id);
    if (!Array.isArray(row.of) || row.of.length < 2 || !row.of.every((id) => before.includes(id))) {
      throw expected(`of in ${what}`, 'ids of two rows or more above it', row.of);
    }
    const fitting = row.kind === 'ensemble' ? kindsWithProbabilities : kindsWithTrainingScores;
    const other = rows.find(({ id, kind }) => row.of.includes(id) && !fitting.includes(kind));
    if (other !== undefined) {
      throw expectedInWords(
        `of in ${what}`,
        `ids of rows of kind ${inWords(fitting)}`,
        `${other.id}, of kind '${other.kind}', among them`,
      );
    }
    return;
  }
  const { pooling } = row as HeadRow | SvmRow | TrainedRow;
  if (pooling === undefined) {
    throw expectedInWords(
      `pooling of ${what}`,
      `${presetNames.map((name) => `'${name}'`).join(', ')}, or kMax, kMin, alpha and reduction`,
      'none',
    );
  }
  resolvePooling(poolingOf(pooling, what), what);
  if (row.kind === 'head' || row.kind === 'svm') {
    checkFrozen(row, what);
  }
  if (row.kind === 'fineTune' || row.kind === 'scratch') {
    checkNumbers(`rates of ${what}`, row.rates, positive, 'one or more numbers > 0');
    checkNumbers(`epochs of ${what}`, row.epochs, wholeNumber(1), 'one or more whole numbers >= 1');
    checkTraining(row, what);
  }
}

function checkFaithfulness(
  { images, steps, rows: named }: FaithfulnessConfig,
  rows: readonly RowConfig[],
  owner: string,
): void {
  for (const [name, value] of [
    ['images', images],
    ['steps', steps],
  ] as const) {
    if (!wholeNumber(1)(value)) {
      throw expected(`${name} of faithfulness of ${owner}`, 'a whole number >= 1', value);
    }
  }
  const kinds: readonly RowConfig['kind'][] = [...kindsWithMaps, 'gradCam'];
  const fitting = rows.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  if (!Array.isArray(named) || named.length === 0 || !named.every((id) => fitting.includes(id))) {
    throw expected(
      `rows of faithfulness of ${owner}`,
      `ids of rows of kind ${inWords(kinds)}, of ${fitting.join(', ')}`,
      named,
    );
  }
}

/** A row with GAP by its name of today, and the maps per class that a preset stands for. */
function withPreset(row: RowConfig): RowConfig {
  if (!('pooling' in row)) {
    return row;
  }
  const pooling = (row.pooling as unknown) === 'mean' ? 'gap' : row.pooling;
  const maps = typeof pooling === 'string' && pooling in poolingPresets ? poolingPresets[pooling].maps : 1;
  return row.kind === 'svm' || maps === 1 ? { ...row, pooling } : { maps, ...row, pooling };
}

/**
 * Checks a run's config and gives its protocol the defaults.
 *
 * @param owner what to call it in sentences
 * @throws WeldonError naming the part that is out of range
 */
export function checkRunConfig(value: unknown, owner: string): RunConfig {
  const config = value as Partial<RunConfig> | null;
  if (typeof config !== 'object' || config === null || config.version !== 1) {
    const version = (config as { version?: unknown } | null)?.version;
    throw expectedInWords(
      owner,
      'a run as those in demos/mit67/recipes, with "version": 1',
      version === undefined ? 'something without a version' : `version ${JSON.stringify(version)}`,
    );
  }
  checkRunFields(config, owner);
  const protocol = { ...protocolDefaults, ...config.protocol };
  checkNumbers(`seeds of ${owner}`, protocol.seeds, Number.isInteger, 'one or more whole numbers');
  checkNumbers(`rates of ${owner}`, protocol.rates, positive, 'one or more numbers > 0');
  checkNumbers(`epochs of ${owner}`, protocol.epochs, wholeNumber(1), 'one or more whole numbers >= 1');
  if (!(protocol.heldOut > 0 && protocol.heldOut < 1)) {
    throw expected(`heldOut of ${owner}`, 'a number with 0 < heldOut < 1', protocol.heldOut);
  }
  for (const name of ['repeats', 'batchSize'] as const) {
    if (!wholeNumber(1)(protocol[name])) {
      throw expected(`${name} of ${owner}`, 'a whole number >= 1', protocol[name]);
    }
  }
  if (!wholeNumber(32)(config.size ?? NaN)) {
    throw expected(`size of ${owner}`, 'a whole number of pixels >= 32', config.size);
  }
  checkNormalise(config.normalise, owner);
  const kinds = ['folder', 'scene15', 'labelledList', 'mit67', 'pascalVoc', 'scatteredObjects'];
  if (!kinds.includes(config.dataSet?.kind ?? '')) {
    throw expected(`kind of the data set of ${owner}`, kinds.join(', '), config.dataSet?.kind);
  }
  if (typeof config.backbone?.layer !== 'string') {
    throw expected(`backbone of ${owner}`, 'a name and a layer', config.backbone);
  }
  const rows = (config.rows ?? []).map(withPreset);
  if (rows.length === 0) {
    throw expectedInWords(`rows of ${owner}`, 'one or more', 'none');
  }
  rows.forEach((row) => checkRow(row, rows, owner));
  if (protocol.faithfulness !== undefined) {
    checkFaithfulness(protocol.faithfulness, rows, owner);
  }
  const comparisons = config.comparisons ?? [];
  const strange = comparisons.flat().find((id) => !rows.some((row) => row.id === id));
  if (strange !== undefined) {
    throw expected(`a comparison of ${owner}`, `a row, one of ${rows.map(({ id }) => id).join(', ')}`, strange);
  }
  return { title: owner, normalise: 'none', ...config, protocol, rows, comparisons } as RunConfig;
}

/** @throws WeldonError if the file cannot be read, is no JSON, or describes no run */
export async function readRunConfig(path: string): Promise<RunConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      path,
      'the config of a run',
      code === 'ENOENT'
        ? 'no file of that name: check the path'
        : code === 'EISDIR'
          ? 'a folder: name a file in it'
          : `a file that cannot be read (${message})`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WeldonError(`Expected ${path} to be JSON but received a text that is none: ${(error as Error).message}`);
  }
  return checkRunConfig(value, path);
}
