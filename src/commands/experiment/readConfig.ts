import { decodeText } from '../../node/readText.js';
import { expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { isGap, poolingPresets } from '../../pooling/presets.js';
import { checkFixed, kindNamed, resolveChoice } from '../../pooling/registry.js';
import { checkPoolingSchedule } from '../../training/poolingSchedule.js';
import { checkOptions } from '../checkOptions.js';
import { experimentSchema, inWords, kindsWithMaps } from './config.js';
import type { ExperimentConfig, HeadMethod, MethodConfig, SvmMethod, TrainedMethod } from './config.js';
import { readPlainFile } from '../../node/storage/plainFile.js';

/** No linear SVM, whose margins are no probabilities, and none that only explains another method: that has its vote. */
const kindsWithProbabilities = [...kindsWithMaps, 'ensemble'];
/** A linear SVM on scores is trained on those of the training images. */
const kindsWithTrainingScores = ['head'];

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
  const result = { ...renamed(renamed(config, 'rows', 'methods', owner), 'normalise', 'normalize', owner) };
  const { methods, protocol, published } = result;
  if (Array.isArray(methods)) {
    result.methods = methods.map((given: unknown) => {
      if (!isObject(given)) {
        return given;
      }
      const method = renamed(given, 'normalise', 'normalize', `the methods of ${owner}`);
      if (method.pooling !== 'mean') {
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

/** How sentences call the part of a config at a path. */
function nameOf(path: readonly PropertyKey[], whole: unknown, owner: string): string {
  const [first, second, ...rest] = path.map(String);
  const of = (names: readonly string[], what: string) => [...names].reverse().concat(what).join(' of ');
  switch (first) {
    case undefined:
      return owner;
    case 'methods': {
      if (second === undefined) {
        break;
      }
      const { id = Number(second) + 1 } = ((whole as { methods: unknown[] }).methods[Number(second)] ?? {}) as Fields;
      const what = `method ${String(id)} of ${owner}`;
      return rest[0] === 'of' ? `of in ${what}` : of(rest, what);
    }
    case 'protocol':
      return of(rest, second === undefined ? `protocol of ${owner}` : `${second} of ${owner}`);
    case 'dataSet':
      return second === 'kind' ? `kind of the data set of ${owner}` : of(path.map(String), owner);
    case 'backbone':
      return second === undefined ? `backbone of ${owner}` : of([second, ...rest], `the backbone of ${owner}`);
    case 'comparisons':
    case 'published':
      return second === undefined
        ? `${first} of ${owner}`
        : of(rest, `a ${first === 'published' ? 'published method' : 'comparison'} of ${owner}`);
  }
  return of(path.map(String), owner);
}

function checkPooling(method: HeadMethod | SvmMethod | TrainedMethod, what: string): void {
  const { pooling } = method;
  if (typeof pooling !== 'string') {
    const known = ['kind', ...kindNamed(pooling.kind, what).optionNames];
    const strange = Object.keys(pooling).find((name) => !known.includes(name));
    if (strange !== undefined) {
      throw new WeldonError(
        `Expected only fields in pooling of ${what} but received ${JSON.stringify(strange)}${nearestNames(strange, known)}`,
      );
    }
  }
  resolveChoice(pooling, what);
  if (method.kind === 'head' || method.kind === 'svm') {
    checkFixed(pooling, what);
    return;
  }
  const { poolingSchedule } = method;
  if (method.headEpochs !== undefined && method.kind === 'scratch') {
    throw expected(`headEpochs of ${what}`, 'a whole number >= 1, in a method that fine-tunes', method.headEpochs);
  }
  const ofNetwork = (['network', 'blockDropout', 'survival'] as const).find((name) => method[name] !== undefined);
  if (ofNetwork !== undefined && (method.kind !== 'scratch' || method.network === undefined)) {
    throw expected(
      `${ofNetwork} of ${what}`,
      "in a method of kind 'scratch' that names its network",
      method[ofNetwork],
    );
  }
  if (poolingSchedule !== undefined) {
    if (isGap(pooling)) {
      throw expectedInWords(`poolingSchedule of ${what}`, "absent where pooling is 'gap'", 'given');
    }
    checkPoolingSchedule(poolingSchedule);
  }
}

/** Whether what a method is made from is there, and can be used so. */
function checkReferences(method: MethodConfig, methods: readonly MethodConfig[], what: string): void {
  if (methods.filter(({ id }) => id === method.id).length > 1) {
    throw expectedInWords(what, 'the only one of its id', 'one of several');
  }
  if (method.kind === 'gradCam') {
    if (!kindsWithMaps.includes(methods.find(({ id }) => id === method.of)?.kind ?? '')) {
      throw expected(`of in ${what}`, `the id of a method of kind ${inWords(kindsWithMaps)}`, method.of);
    }
  } else if ('of' in method) {
    const before = methods.slice(0, methods.indexOf(method)).map(({ id }) => id);
    if (!method.of.every((id) => before.includes(id))) {
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
  } else {
    checkPooling(method, what);
  }
}

/** A method with the maps per class that its preset stands for. */
function withPreset(method: MethodConfig): MethodConfig {
  if (!('pooling' in method) || method.kind === 'svm' || typeof method.pooling !== 'string') {
    return method;
  }
  const { maps } = poolingPresets[method.pooling];
  return maps === 1 || method.maps !== undefined ? method : { ...method, maps };
}

/**
 * Checks a run's config and fills in the defaults.
 *
 * @param owner what to call it in sentences
 * @param notice told of each field that is given by an old name
 * @throws WeldonError naming the part that is unknown or out of range
 */
export function checkExperimentConfig(
  value: unknown,
  owner: string,
  notice: (sentence: string) => void = () => undefined,
): ExperimentConfig {
  if (!isObject(value) || value.version !== 1) {
    const version = isObject(value) ? value.version : undefined;
    throw expectedInWords(
      owner,
      'a run as those in demos/mit67/recipes, with "version": 1',
      version === undefined ? 'something without a version' : `version ${JSON.stringify(version)}`,
    );
  }
  const config = checkOptions(experimentSchema, withNewNames(value, owner, notice), {
    owner,
    kind: 'fields',
    nameOf: (path, whole) => nameOf(path, whole, owner),
  });
  const { methods, comparisons, protocol } = config;
  if (methods.length === 0) {
    throw expectedInWords(`methods of ${owner}`, 'one or more', 'none');
  }
  methods.forEach((method) => checkReferences(method, methods, `method ${method.id} of ${owner}`));
  if (protocol.faithfulness !== undefined) {
    const kinds = [...kindsWithMaps, 'gradCam'];
    const fitting = methods.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
    const explained = protocol.faithfulness.methods;
    if (explained.length === 0 || !explained.every((id) => fitting.includes(id))) {
      throw expected(
        `methods of faithfulness of ${owner}`,
        `ids of methods of kind ${inWords(kinds)}, of ${fitting.join(', ')}`,
        explained,
      );
    }
  }
  const strange = comparisons.flat().find((id) => !methods.some((method) => method.id === id));
  if (strange !== undefined) {
    throw expected(`a comparison of ${owner}`, `a method, one of ${methods.map(({ id }) => id).join(', ')}`, strange);
  }
  return { ...config, title: config.title ?? owner, methods: methods.map(withPreset) };
}

/** @throws WeldonError if the file cannot be read, is no JSON, or describes no run */
export async function readExperimentConfig(
  path: string,
  notice?: (sentence: string) => void,
): Promise<ExperimentConfig> {
  let text: string;
  try {
    text = decodeText(await readPlainFile(path))?.text ?? '';
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
