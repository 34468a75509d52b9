import { readJsonFile } from '../node/readText.js';
import { z } from 'zod';
import { expected, expectedInWords, nearestNames, WeldonError } from '../errors.js';
import type { FrozenEngine } from '../node/runtime/frozenEngine.js';
import type { RecipeParts } from '../models/recipeMetadata.js';

/** What is said of a schema beside its type. */
interface Rule {
  /** What is accepted, as it follows "Expected … to be". */
  rule: string;
  /** The value that a word on the command line means; what makes no sense comes back as it is and is refused. */
  read: (word: string) => unknown;
}

const rules = z.registry<Rule>();

/** Gives a schema the words in which it refuses, and how a word on the command line becomes its value. */
export function ruled<T extends z.ZodType>(schema: T, rule: string, read: Rule['read'] = (word) => word): T {
  rules.add(schema, { rule, read });
  return schema;
}

/** A word on the command line as a number, where it is one. */
function toNumber(word: string): unknown {
  return word.trim() === '' || Number.isNaN(Number(word)) ? word : Number(word);
}

/** A percentage such as `20%` as a share, NaN from 100 % on; anything else as {@link toNumber}. */
export function toShare(word: string): unknown {
  const percent = /^\s*([\d.]+)\s*%\s*$/.exec(word);
  return percent === null ? toNumber(word) : Number(percent[1]) < 100 ? Number(percent[1]) / 100 : NaN;
}

/** Words separated by commas. */
export function toWords(word: string): string[] {
  return word
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Any finite number that the test accepts. */
export function number(rule: string, accepts: (value: number) => boolean): z.ZodNumber {
  return ruled(z.number().refine(accepts), rule, toNumber);
}

export function wholeNumber(least: number, most = Infinity) {
  const rule = most === Infinity ? `a whole number >= ${least}` : `a whole number from ${least} to ${most}`;
  return number(rule, (value) => Number.isInteger(value) && value >= least && value <= most);
}

export function oneOf<const T extends string>(words: readonly T[]): z.ZodType<T, T> {
  return ruled(z.enum(words), words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`);
}

/** A list of words; on the command line separated by commas. */
export function someOf<const T extends string>(words: readonly T[]): z.ZodType<readonly T[]> {
  return ruled(z.array(z.enum(words)).min(1).readonly(), `some of ${words.join(', ')}`, toWords);
}

export const text = () =>
  ruled(
    z.string().refine((value) => value.trim() !== ''),
    'a text',
  );

export const yesOrNo = () => ruled(z.boolean(), 'true or false');

/** Functions and signals that only code can give. */
export const instance = <T>(rule: string, accepts: (value: unknown) => boolean) => ruled(z.custom<T>(accepts), rule);
export const callback = <T extends (...given: never[]) => unknown>() =>
  instance<T>('a function', (value) => typeof value === 'function');
export const abortSignal = () => instance<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal);

/** Where frozen networks run. */
export const engine = () =>
  instance<FrozenEngine>(
    'the engine that startRuntime gives',
    (value) => typeof (value as FrozenEngine | null)?.open === 'function',
  );

/** Parts of a model's recipe, which are checked where they are joined with its own, or a file with them. */
export const recipe = () =>
  ruled(
    z.union([text(), z.custom<RecipeParts>((value) => typeof value === 'object' && value !== null)]),
    'parts of a recipe, or a JSON file with them',
  );

/** 0 for no dropping, below 1 for some left. */
export const rate = () => number('a number from 0 up to, not including, 1', (value) => value >= 0 && value < 1);
/** Both ends included. */
export const share = () => number('a number from 0 to 1', (value) => value >= 0 && value <= 1);

/** Regions of an end of WELDON pooling: a count, a share (also `20%` on the command line), or 0. */
export const regionCount = () =>
  ruled(
    z.number().refine((value) => value >= 0 && (value < 1 || Number.isInteger(value))),
    'a number of regions such as 3, a share such as 0.2, or 0 for none',
    toShare,
  );

/** How sentences call the options and their owner. */
export interface OptionWords {
  /** The function that was called, or the file that the options were read from. */
  owner: string;
  /** What a key is one of, in the plural. Default `'options'`. */
  kind?: string;
  /**
   * The part at a path, as it follows "Expected": default `epochs for trainModel`, `protocol.seeds for run.json`.
   *
   * @param path keys from the outermost on; empty for the whole
   * @param whole everything that is checked, for names that stand in it such as the id of a row
   */
  nameOf?: (path: readonly PropertyKey[], whole: unknown) => string;
}

/** The part of a value at a path; `undefined` where there is none. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** A schema within wrappings such as `.optional()`, down to the first that has a rule or parts. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return rules.has(schema as z.ZodType) || !('innerType' in def) ? schema : unwrapped(def.innerType);
}

/** The schema of a part, and what is wanted where a union knows no kind of the value's name. */
function step(schema: z.core.$ZodType, key: PropertyKey, value: unknown): z.core.$ZodType | string | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return def.shape[key as string];
    case 'array':
      return def.element;
    case 'tuple':
      return def.items[key as number];
    case 'record':
      return def.valueType;
    case 'union': {
      const { discriminator } = def as Partial<z.core.$ZodDiscriminatedUnionDef>;
      if (discriminator === undefined) {
        return def.options.map((option) => step(unwrapped(option), key, value)).find((found) => found !== undefined);
      }
      const kinds = (option: z.core.$ZodType) => [...(option._zod.propValues?.[discriminator] ?? [])];
      const kind = (value as Record<string, unknown> | null)?.[discriminator] as z.core.util.Primitive;
      const option = def.options.find((each) => kinds(each).includes(kind));
      return option === undefined ? `one of ${def.options.flatMap(kinds).join(', ')}` : step(option, key, value);
    }
    default:
      return undefined;
  }
}

/** The rule that a path breaks and where it is said: the outermost, so that a list is refused as a whole. */
function brokenRule(schema: z.core.$ZodType, whole: unknown, path: readonly PropertyKey[]) {
  let at = unwrapped(schema);
  for (let depth = 0; depth <= path.length; depth++) {
    const said = rules.get(at as z.ZodType);
    const { type } = (at as z.core.$ZodTypes)._zod.def;
    if (said !== undefined && (depth === path.length || !['object', 'union'].includes(type))) {
      return { rule: said.rule, path: path.slice(0, depth) };
    }
    const next = depth < path.length ? step(at, path[depth], valueAt(whole, path.slice(0, depth))) : undefined;
    if (typeof next === 'string') {
      return { rule: next, path };
    }
    if (next === undefined) {
      break;
    }
    at = unwrapped(next);
  }
  const { type } = (at as z.core.$ZodTypes)._zod.def;
  return { rule: { object: 'an object', union: 'an object', array: 'a list' }[type as string] ?? null, path };
}

/** Of a union of plain values and objects: what is wrong within the object, where an object was given. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  const branch =
    issue.code === 'invalid_union'
      ? issue.errors.find((issues) =>
          issues.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys' || code === 'custom'),
        )
      : undefined;
  if (branch === undefined) {
    return issue;
  }
  const first = foremost(branch);
  return innermost({ ...first, path: [...issue.path, ...first.path] });
}

/** A misspelt key goes first: it is why others are missing. */
function foremost(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  return issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
}

function sentenceOf(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  whole: unknown,
  { owner, kind = 'options', nameOf }: OptionWords,
): WeldonError {
  const name = (path: readonly PropertyKey[]) =>
    nameOf?.(path, whole) ?? (path.length === 0 ? owner : `${path.join('.')} for ${owner}`);
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    return new WeldonError(
      `Expected only ${kind} in ${name(issue.path)} but received ${JSON.stringify(key)}` +
        nearestNames(key, knownKeys(schema, whole, issue.path)),
    );
  }
  if (issue.code === 'custom' && issue.message !== 'Invalid input') {
    const received = (issue.params as { received?: string } | undefined)?.received;
    return received === undefined
      ? expected(name(issue.path), issue.message, valueAt(whole, issue.path))
      : expectedInWords(name(issue.path), issue.message, received);
  }
  const { rule, path } = brokenRule(schema, whole, issue.path);
  return expected(name(path), rule ?? issue.message, valueAt(whole, path));
}

/** The keys that the object at a path may have. */
function knownKeys(schema: z.core.$ZodType, whole: unknown, path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType | string | undefined = unwrapped(schema);
  path.forEach((key, depth) => {
    at = typeof at === 'object' ? step(at, key, valueAt(whole, path.slice(0, depth))) : undefined;
    at = typeof at === 'object' ? unwrapped(at) : undefined;
  });
  const objectsOf = (one: z.core.$ZodType | string | undefined): string[] => {
    if (typeof one !== 'object') {
      return [];
    }
    const { def } = (one as z.core.$ZodTypes)._zod;
    const { discriminator } = def as Partial<z.core.$ZodDiscriminatedUnionDef>;
    const held = valueAt(whole, path) as Record<string, unknown> | null | undefined;
    return def.type === 'object'
      ? Object.keys(def.shape)
      : def.type === 'union'
        ? def.options
            .filter(
              (option) =>
                discriminator === undefined ||
                option._zod.propValues?.[discriminator]?.has(held?.[discriminator] as string) === true,
            )
            .flatMap((option) => objectsOf(unwrapped(option)))
        : [];
  };
  return objectsOf(at);
}

/**
 * Checks options or a config by a zod schema, and refuses in the sentence of this package: a misspelt key with the nearest
 * names, before a value out of range by the rule of its schema. The rule is that of {@link ruled} or of the builders here
 * (`wholeNumber`, `oneOf`, …); the outermost on the way wins, so that a list is told of as a whole. Checks across keys go
 * into `.superRefine`: the message of a `custom` issue is the rule, `params.received` says in words what came instead.
 *
 * @param schema a `z.strictObject`; optional parts as `.optional()` or `.default(…)`
 * @returns the value, with the schema's defaults
 * @throws WeldonError
 *
 * @example
 * const schema = z.strictObject({
 *   epochs: wholeNumber(1),
 *   rates: ruled(z.array(z.number().positive()).min(1), 'one or more numbers > 0'),
 *   row: z.discriminatedUnion('kind', [
 *     z.strictObject({ kind: z.literal('head'), maps: wholeNumber(1).default(1) }),
 *     z.strictObject({ kind: z.literal('svm') }),
 *   ]),
 * });
 * checkOptions(schema, { epochs: 0 }, { owner: 'run.json' });
 * // Expected epochs for run.json to be a whole number >= 1 but received 0
 * checkOptions(schema, { epoch: 1 }, { owner: 'run.json', kind: 'fields' });
 * // Expected only fields in run.json but received "epoch". Nearest: "epochs", "rates", "row"
 */
export function checkOptions<T extends z.ZodType>(schema: T, value: unknown, wording: OptionWords): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const issues = result.error.issues.map(innermost);
  throw sentenceOf(foremost(issues), schema, value, wording);
}

/** How a schema refuses, for the flag of an option; see `flags.ts`. */
export function ruleOf(schema: z.ZodType): Rule {
  return rules.get(unwrapped(schema) as z.ZodType) ?? { rule: 'another value', read: (word) => word };
}

/**
 * A JSON file with options, such as `--config` names.
 *
 * @param kind what the file should be, for sentences
 * @throws WeldonError for a file that cannot be read and for text that is not JSON
 */
export function readConfigFile(path: string, kind = 'a configuration file'): Promise<unknown> {
  return readJsonFile(path, kind);
}
