import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import type { ImageTag, ImageTags } from './tagImages.js';
import { parentsOf, renamed } from './tagRules.js';
import type { TagRules } from './tagRules.js';

export interface BlendTagsOptions {
  /** Tags an image at most, >= 1; parents count. Default: as many as come. */
  most?: number;
  /** From `checkTagRules`. */
  rules?: TagRules;
  /** Language of `rules.languages`; tags without a name in it keep theirs. */
  language?: string;
  /** How much two tags say the same, −1 … 1, such as `npmi` over a collection; `null` where that is not known. */
  redundancy?: (a: string, b: string) => number | null;
  /** Redundancy above which the less probable of two models' tags is left out. Default 0.5. */
  redundant?: number;
}

export interface BlendedTag extends Omit<ImageTag, 'model' | 'rank'> {
  /** all models that gave it, the most certain first; none for a parent */
  models: string[];
  /** in the list, from 1 */
  rank: number;
  /** names of the models' classes that it was made of, where renamed */
  from?: string[];
  /** the tag that it is a parent of */
  parentOf?: string;
}

export interface BlendedTags {
  /** the most probable first, parents behind their tags' group */
  tags: BlendedTag[];
  /** why there is none; `null` where there are some */
  reason: string | null;
  /** tags that were left out since another said the same */
  redundant: { tag: string; sameAs: string }[];
}

/** One tag a name: what models agree on keeps the higher probability. */
function merged(tags: readonly ImageTag[], rules: TagRules): BlendedTag[] {
  const found = new Map<string, BlendedTag>();
  [...tags]
    .sort((a, b) => b.p - a.p)
    .forEach(({ tag, model, rank, ...rest }) => {
      const name = renamed(tag, rules);
      const own = found.get(name);
      if (own === undefined) {
        found.set(name, { ...rest, tag: name, models: [model], rank, ...(name === tag ? {} : { from: [tag] }) });
      } else {
        own.models = [...new Set([...own.models, model])];
        own.from = own.from === undefined && name === tag ? undefined : [...new Set([...(own.from ?? []), tag])];
      }
    });
  return [...found.values()].map(({ from, ...rest }) => (from === undefined ? rest : { ...rest, from }));
}

/**
 * One list of tags of what models said of an image: names that agree are one tag, rules are applied, what says the same
 * as a more probable tag of another model is left out, and the maximum holds.
 *
 * @throws WeldonError for options out of range and an unknown language, with the nearest
 *
 * @example
 * const blended = tagged.map((one) => blendTags(one, { most: 7, rules }));
 */
export function blendTags({ tags, verdicts }: ImageTags, options: BlendTagsOptions = {}): BlendedTags {
  checkKeys(options, 'most rules language redundancy redundant', 'blendTags');
  const { most = Infinity, rules = {}, language, redundancy, redundant = 0.5 } = options;
  if (most !== Infinity && (!Number.isInteger(most) || most < 1)) {
    throw expected('most for blendTags', 'a whole number >= 1', most);
  }
  if (!(redundant >= -1 && redundant <= 1)) {
    throw expected('redundant for blendTags', 'a number from -1 to 1', redundant);
  }
  const names = languageOf(rules, language);
  const { ignore = [], thresholds = {} } = rules;
  const ignored = tags.filter(({ tag }) => ignore.includes(tag) || ignore.includes(renamed(tag, rules)));
  const leastOf = (name: string) => (Object.hasOwn(thresholds, name) ? thresholds[name] : 0);
  const left = tags.filter((one) => !ignored.includes(one));
  const sure = left.filter(({ tag, p }) => p >= Math.max(leastOf(tag), leastOf(renamed(tag, rules))));
  const kept: BlendedTag[] = [];
  const dropped: { tag: string; sameAs: string }[] = [];
  for (const one of merged(sure, rules)) {
    const same = kept.find(
      (other) =>
        redundancy !== undefined &&
        !other.models.some((model) => one.models.includes(model)) &&
        (redundancy(one.tag, other.tag) ?? -1) > redundant,
    );
    if (same === undefined) {
      kept.push(one);
    } else {
      dropped.push({ tag: one.tag, sameAs: same.tag });
    }
  }
  const children = kept.slice(0, most);
  const added: BlendedTag[] = [];
  children.forEach((child) =>
    parentsOf(child.tag, rules).forEach((tag) => {
      const there = [...children, ...added].some((other) => other.tag === tag) || ignore.includes(tag);
      if (!there && children.length + added.length < most) {
        added.push({ tag, p: child.p, models: [], rank: 0, parentOf: child.tag });
      }
    }),
  );
  const all = [...children, ...added]
    .map((one) => ({ ...one, tag: Object.hasOwn(names, one.tag) ? names[one.tag] : one.tag }))
    // A language may have one word for two tags.
    .filter(({ tag }, i, list) => list.findIndex((other) => other.tag === tag) === i)
    .map((one, i) => ({ ...one, rank: i + 1 }));
  const reasons = [
    ...verdicts.flatMap(({ reason }) => (reason === null ? [] : [reason])),
    ...(ignored.length > 0 ? [`the rules ignore ${ignored.map(({ tag }) => tag).join(', ')}`] : []),
    ...(left.length > sure.length ? [`${left.length - sure.length} below the thresholds of the rules`] : []),
  ];
  return {
    tags: all,
    reason: all.length > 0 ? null : reasons.length > 0 ? reasons.join('; ') : 'no model gave a tag',
    redundant: dropped,
  };
}

export function languageOf(
  { languages = {} }: TagRules,
  language: string | undefined,
): Readonly<Record<string, string>> {
  if (language === undefined) {
    return {};
  }
  if (!Object.hasOwn(languages, language)) {
    const known = Object.keys(languages);
    throw known.length === 0
      ? expectedInWords(
          'language for blendTags',
          'one of the rules',
          `${JSON.stringify(language)}: the rules have none`,
        )
      : new WeldonError(
          `Expected language for blendTags to be one of the rules but received ${JSON.stringify(language)}${nearestNames(language, known)}`,
        );
  }
  return languages[language];
}
