import { readFile } from 'node:fs/promises';
import { expected, expectedInWords, WeldonError } from '../../errors.js';
import type { RecipeParts } from '../../models/index.js';
import type { PoolingChoice } from '../../pooling/presets.js';
import { isGap, poolingPresets, presetNames } from '../../pooling/presets.js';
import { checkFixed, resolveChoice } from '../../pooling/registry.js';
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

interface NamedMethod {
  id: string;
  name: string;
  /** estimates of a reference run of the same method, shares from 0 to 1 by id of the metric */
  reference?: Record<string, number>;
  /** the method takes long: it runs with `--full`, or where `--methods` names it or a method that is made from it */
  full?: true;
}

/** What all methods on frozen features may say otherwise than the run. */
interface FeatureChoice {
  layer?: string;
  size?: number;
  normalise?: NormaliseWord;
}

export interface HeadMethod extends NamedMethod, FeatureChoice {
  kind: 'head';
  pooling: PoolingChoice;
  /** maps per class; default 1 */
  maps?: number;
}

export interface SvmMethod extends NamedMethod, FeatureChoice {
  kind: 'svm';
  /** how maps of features become a vector */
  pooling: PoolingChoice;
}

export interface TrainedMethod extends NamedMethod {
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

/** What a trained method says of its training, with the defaults; rates and numbers of epochs are chosen from. */
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
}: TrainedMethod) {
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

export interface CombinedMethod extends NamedMethod {
  /** mean of the methods' probabilities, or a linear SVM on their scores (Object Bank) */
  kind: 'ensemble' | 'objectBank';
  of: string[];
}

export interface GradCamMethod extends NamedMethod {
  /** maps by Grad-CAM of the heads or the trained networks of another method: measured by where they point, not by classes */
  kind: 'gradCam';
  of: string;
}

export type MethodConfig = HeadMethod | SvmMethod | TrainedMethod | CombinedMethod | GradCamMethod;

/** What perturbed images tell of maps: deletion, insertion, average drop and increase. */
export interface FaithfulnessConfig {
  /** test images that are perturbed: a sample that is always the same */
  images: number;
  /** equal steps in which pixels are taken away or put in */
  steps: number;
  /** ids of methods that have maps: of kind `head`, `fineTune`, `scratch` or `gradCam` */
  methods: string[];
}

export interface ProtocolConfig {
  /** one training per seed; estimates are their means */
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
  /** left out: images are not perturbed */
  faithfulness?: FaithfulnessConfig;
}

export interface PublishedMethod {
  name: string;
  source: string;
  estimates: Record<string, number>;
}

/** A run: everything that decides its estimates, apart from the images and the weights. */
export interface ExperimentConfig {
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
  methods: MethodConfig[];
  /** pairs of method ids: the first against the second */
  comparisons: [string, string][];
  published?: PublishedMethod[];
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

function checkTraining(method: TrainedMethod, what: string): void {
  const check = (name: keyof TrainedMethod, accepts: (value: number) => boolean, rule: string) => {
    if (method[name] !== undefined && !(typeof method[name] === 'number' && accepts(method[name]))) {
      throw expected(`${name} of ${what}`, rule, method[name]);
    }
  };
  check('maps', wholeNumber(1), 'a whole number >= 1');
  check('size', wholeNumber(32), 'a whole number of pixels >= 32');
  check('batchSize', wholeNumber(1), 'a whole number >= 1');
  check('backboneRate', (value) => value >= 0 && Number.isFinite(value), 'a number >= 0');
  check('dropMap', (value) => value >= 0 && value < 1, 'a number with 0 <= dropMap < 1');
  check(
    'headEpochs',
    (value) => method.kind === 'fineTune' && wholeNumber(1)(value),
    'a whole number >= 1, in a method that fine-tunes',
  );
  if (method.poolingSchedule !== undefined) {
    if (isGap(method.pooling)) {
      throw expectedInWords(`poolingSchedule of ${what}`, "absent where pooling is 'gap'", 'given');
    }
    checkPoolingSchedule(method.poolingSchedule);
  }
}

function checkNormalise(word: unknown, what: string): void {
  if (word !== undefined && !['none', 'regions', 'channels'].includes(word as string)) {
    throw expected(`normalise of ${what}`, "'none', 'regions' or 'channels'", word);
  }
}

function checkFrozen(method: HeadMethod | SvmMethod, what: string): void {
  checkNormalise(method.normalise, what);
  if (method.size !== undefined && !wholeNumber(32)(method.size)) {
    throw expected(`size of ${what}`, 'a whole number of pixels >= 32', method.size);
  }
  if (method.kind === 'head' && method.maps !== undefined && !wholeNumber(1)(method.maps)) {
    throw expected(`maps of ${what}`, 'a whole number >= 1', method.maps);
  }
}

/** Methods that have maps of their own. */
const kindsWithMaps: readonly MethodConfig['kind'][] = ['head', 'fineTune', 'scratch'];
/** No linear SVM, whose margins are no probabilities, and none that only explains another method: that has its vote. */
const kindsWithProbabilities: readonly MethodConfig['kind'][] = [...kindsWithMaps, 'ensemble'];
/** A linear SVM on scores is trained on those of the training images. */
const kindsWithTrainingScores: readonly MethodConfig['kind'][] = ['head'];

const inWords = (kinds: readonly string[]) => {
  const quoted = kinds.map((kind) => `'${kind}'`);
  return quoted.length === 1 ? quoted[0] : `${quoted.slice(0, -1).join(', ')} or ${quoted[quoted.length - 1]}`;
};

function checkMethod(method: MethodConfig, methods: readonly MethodConfig[], owner: string): void {
  const what = `method ${String(method.id)} of ${owner}`;
  if (typeof method.id !== 'string' || !/^[\w@.-]+$/.test(method.id) || typeof method.name !== 'string') {
    throw expectedInWords(what, 'a method with an id of letters and digits and a name', 'another');
  }
  if (methods.filter(({ id }) => id === method.id).length > 1) {
    throw expectedInWords(what, 'the only one of its id', 'one of several');
  }
  if (!['head', 'svm', 'fineTune', 'scratch', 'ensemble', 'objectBank', 'gradCam'].includes(method.kind)) {
    throw expected(
      `kind of ${what}`,
      "'head', 'svm', 'fineTune', 'scratch', 'ensemble', 'objectBank' or 'gradCam'",
      method.kind,
    );
  }
  if (method.full !== undefined && (method.full as unknown) !== true) {
    throw expected(`full of ${what}`, 'true, or absent', method.full);
  }
  if (method.kind === 'gradCam') {
    if (!kindsWithMaps.includes(methods.find(({ id }) => id === method.of)?.kind ?? 'svm')) {
      throw expected(`of in ${what}`, `the id of a method of kind ${inWords(kindsWithMaps)}`, method.of);
    }
    return;
  }
  if (method.kind === 'ensemble' || method.kind === 'objectBank') {
    const before = methods.slice(0, methods.indexOf(method)).map(({ id }) => id);
    if (!Array.isArray(method.of) || method.of.length < 2 || !method.of.every((id) => before.includes(id))) {
      throw expected(`of in ${what}`, 'ids of two methods or more above it', method.of);
    }
    const fitting = method.kind === 'ensemble' ? kindsWithProbabilities : kindsWithTrainingScores;
    const other = methods.find(({ id, kind }) => method.of.includes(id) && !fitting.includes(kind));
    if (other !== undefined) {
      throw expectedInWords(
        `of in ${what}`,
        `ids of methods of kind ${inWords(fitting)}`,
        `${other.id}, of kind '${other.kind}', among them`,
      );
    }
    return;
  }
  const { pooling } = method as HeadMethod | SvmMethod | TrainedMethod;
  if (pooling === undefined) {
    throw expectedInWords(
      `pooling of ${what}`,
      `${presetNames.map((name) => `'${name}'`).join(', ')}, or options of a pooling`,
      'none',
    );
  }
  resolveChoice(pooling, what);
  if (method.kind === 'head' || method.kind === 'svm') {
    checkFixed(pooling, what);
    checkFrozen(method, what);
  }
  if (method.kind === 'fineTune' || method.kind === 'scratch') {
    checkNumbers(`rates of ${what}`, method.rates, positive, 'one or more numbers > 0');
    checkNumbers(`epochs of ${what}`, method.epochs, wholeNumber(1), 'one or more whole numbers >= 1');
    checkTraining(method, what);
  }
}

function checkFaithfulness(
  { images, steps, methods: named }: FaithfulnessConfig,
  methods: readonly MethodConfig[],
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
  const kinds: readonly MethodConfig['kind'][] = [...kindsWithMaps, 'gradCam'];
  const fitting = methods.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  if (!Array.isArray(named) || named.length === 0 || !named.every((id) => fitting.includes(id))) {
    throw expected(
      `methods of faithfulness of ${owner}`,
      `ids of methods of kind ${inWords(kinds)}, of ${fitting.join(', ')}`,
      named,
    );
  }
}

/** A method with the maps per class that its preset stands for. */
function withPreset(method: MethodConfig): MethodConfig {
  if (!('pooling' in method) || method.kind === 'svm') {
    return method;
  }
  const { pooling } = method;
  const maps = typeof pooling === 'string' && pooling in poolingPresets ? poolingPresets[pooling].maps : 1;
  return maps === 1 ? method : { maps, ...method };
}

type Fields = Record<string, unknown>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A config with today's names for what earlier versions named otherwise. */
function withNewNames(config: Fields, owner: string, notice: (sentence: string) => void): Fields {
  const told = new Set<string>();
  const tell = (sentence: string) => {
    if (!told.has(sentence)) {
      told.add(sentence);
      notice(`${sentence} now; the old name is still read`);
    }
  };
  const renamed = (part: Fields, old: string, name: string, where: string): Fields => {
    if (!Object.hasOwn(part, old) || Object.hasOwn(part, name)) {
      return part;
    }
    tell(`${old} of ${where} is named ${name}`);
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key === old ? name : key, value]));
  };
  const result = { ...renamed(config, 'rows', 'methods', owner) };
  const { methods, protocol, published } = result;
  if (Array.isArray(methods)) {
    result.methods = methods.map((method: unknown) => {
      if (!isObject(method) || method.pooling !== 'mean') {
        return method;
      }
      tell(`pooling "mean" of ${owner} is named "gap"`);
      return { ...method, pooling: 'gap' };
    });
  }
  if (isObject(protocol) && isObject(protocol.faithfulness)) {
    const where = `faithfulness of ${owner}`;
    const images = renamed(protocol.faithfulness, 'pictures', 'images', where);
    result.protocol = { ...protocol, faithfulness: renamed(images, 'rows', 'methods', where) };
  }
  if (Array.isArray(published)) {
    result.published = published.map((one: unknown) =>
      isObject(one) ? renamed(one, 'figures', 'estimates', `the published methods of ${owner}`) : one,
    );
  }
  return result;
}

/**
 * Checks a run's config and gives its protocol the defaults.
 *
 * @param owner what to call it in sentences
 * @param notice told of each field that is given by an old name
 * @throws WeldonError naming the part that is out of range
 */
export function checkExperimentConfig(
  value: unknown,
  owner: string,
  notice: (sentence: string) => void = () => undefined,
): ExperimentConfig {
  const config = (isObject(value) ? withNewNames(value, owner, notice) : value) as Partial<ExperimentConfig> | null;
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
  const methods = (config.methods ?? []).map(withPreset);
  if (methods.length === 0) {
    throw expectedInWords(`methods of ${owner}`, 'one or more', 'none');
  }
  methods.forEach((method) => checkMethod(method, methods, owner));
  if (protocol.faithfulness !== undefined) {
    checkFaithfulness(protocol.faithfulness, methods, owner);
  }
  const comparisons = config.comparisons ?? [];
  const strange = comparisons.flat().find((id) => !methods.some((method) => method.id === id));
  if (strange !== undefined) {
    throw expected(`a comparison of ${owner}`, `a method, one of ${methods.map(({ id }) => id).join(', ')}`, strange);
  }
  return { title: owner, normalise: 'none', ...config, protocol, methods, comparisons } as ExperimentConfig;
}

/** @throws WeldonError if the file cannot be read, is no JSON, or describes no run */
export async function readExperimentConfig(
  path: string,
  notice?: (sentence: string) => void,
): Promise<ExperimentConfig> {
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
  return checkExperimentConfig(value, path, notice);
}
