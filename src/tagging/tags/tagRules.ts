import { expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';

/** What a user wants of tags, as a JSON file says it. */
export interface TagRules {
  /** tags that are never given */
  ignore?: readonly string[];
  /** another name for a tag; several may get one name and are then one tag */
  rename?: Readonly<Record<string, string>>;
  /** tags that come with a tag, where there is room */
  parents?: Readonly<Record<string, readonly string[]>>;
  /** probability that a tag needs, 0 … 1 */
  thresholds?: Readonly<Record<string, number>>;
  /** names in other languages, by language and then by the tag's name after renaming */
  languages?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const ruleKeys = ['ignore', 'rename', 'parents', 'thresholds', 'languages'];

function objectAt(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined) {
    return {};
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(what, 'an object', value);
  }
  return value as Record<string, unknown>;
}

function textAt(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw expected(what, 'a text', value);
  }
  return value;
}

function listAt(value: unknown, what: string): string[] {
  if (!Array.isArray(value)) {
    throw expected(what, 'a list of texts', value);
  }
  return value.map((each) => textAt(each, `each of ${what}`));
}

function refuseUnknown(name: string, known: ReadonlySet<string>, what: string): void {
  if (!known.has(name)) {
    throw new WeldonError(
      `Expected ${what} to be a known tag but received ${JSON.stringify(name)}${nearestNames(name, [...known])}`,
    );
  }
}

/** Refuses names that lead back to themselves. */
function refuseCircle(next: ReadonlyMap<string, readonly string[]>, what: string): void {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) {
      const circle = [...way.slice(way.indexOf(name)), name];
      throw expectedInWords(what, 'without circles', circle.join(' → '));
    }
    if (!done.has(name)) {
      next.get(name)?.forEach((after) => visit(after, [...way, name]));
      done.add(name);
    }
  };
  [...next.keys()].forEach((name) => visit(name, []));
}

/**
 * Checks rules as a JSON file has them.
 *
 * @param value what was read
 * @param labels classes of all models, which rules may speak of, beside names that rules give
 * @param file for the sentences
 * @throws WeldonError for unknown keys and labels (with the nearest), thresholds outside 0 … 1, circles of names
 *
 * @example
 * const rules = checkTagRules(JSON.parse(text), classNames, 'rules.json');
 */
export function checkTagRules(value: unknown, labels: readonly string[], file = 'the rules'): TagRules {
  const given = objectAt(value, file);
  const key = Object.keys(given).find((each) => !ruleKeys.includes(each));
  if (key !== undefined) {
    throw new WeldonError(
      `Expected only known keys in ${file} but received ${JSON.stringify(key)}${nearestNames(key, ruleKeys)}`,
    );
  }
  const rename = Object.fromEntries(
    Object.entries(objectAt(given.rename, `rename in ${file}`)).map(([from, to]) => [
      from,
      textAt(to, `rename of ${JSON.stringify(from)} in ${file}`),
    ]),
  );
  const parents = Object.fromEntries(
    Object.entries(objectAt(given.parents, `parents in ${file}`)).map(([child, names]) => [
      child,
      listAt(names, `parents of ${JSON.stringify(child)} in ${file}`),
    ]),
  );
  const known = new Set([...labels, ...Object.values(rename), ...Object.values(parents).flat()]);
  const ignore = given.ignore === undefined ? [] : listAt(given.ignore, `ignore in ${file}`);
  ignore.forEach((name) => refuseUnknown(name, known, `ignore in ${file}`));
  Object.keys(rename).forEach((name) => refuseUnknown(name, known, `a key of rename in ${file}`));
  Object.keys(parents).forEach((name) => refuseUnknown(name, known, `a key of parents in ${file}`));
  const thresholds = Object.entries(objectAt(given.thresholds, `thresholds in ${file}`)).map(([name, least]) => {
    refuseUnknown(name, known, `a key of thresholds in ${file}`);
    if (typeof least !== 'number' || !(least >= 0 && least <= 1)) {
      throw expected(`the threshold of ${JSON.stringify(name)} in ${file}`, 'a number from 0 to 1', least);
    }
    return [name, least] as const;
  });
  const languages = Object.entries(objectAt(given.languages, `languages in ${file}`)).map(([language, names]) => {
    const entries = Object.entries(objectAt(names, `${JSON.stringify(language)} in languages of ${file}`));
    return [
      language,
      Object.fromEntries(
        entries.map(([name, translated]) => {
          refuseUnknown(name, known, `a key of ${JSON.stringify(language)} in languages of ${file}`);
          return [name, textAt(translated, `${JSON.stringify(name)} in ${JSON.stringify(language)} of ${file}`)];
        }),
      ),
    ] as const;
  });
  refuseCircle(new Map(Object.entries(rename).map(([from, to]) => [from, [to]])), `rename in ${file}`);
  refuseCircle(new Map(Object.entries(parents)), `parents in ${file}`);
  return {
    ignore,
    rename,
    parents,
    thresholds: Object.fromEntries(thresholds),
    languages: Object.fromEntries(languages),
  };
}

/** The name that a tag ends with, after all renaming. */
export function renamed(tag: string, { rename = {} }: TagRules): string {
  let name = tag;
  // Circles are refused where rules are checked; here they end all the same.
  for (let steps = 0; Object.hasOwn(rename, name) && steps <= Object.keys(rename).length; steps++) {
    name = rename[name];
  }
  return name;
}

/** All parents of a tag, the nearest first. */
export function parentsOf(tag: string, { parents = {} }: TagRules): string[] {
  const found = new Set<string>();
  const add = (name: string) =>
    (Object.hasOwn(parents, name) ? parents[name] : []).forEach((parent) => {
      if (parent !== tag && !found.has(parent)) {
        found.add(parent);
        add(parent);
      }
    });
  add(tag);
  return [...found];
}
