import { renameWeights } from '../../formats/weightSource.js';
import type { WeightSource } from '../../formats/weightSource.js';

/** Segments that wrappers for training put into names, at any place; no network's own. */
const wrappers = new Set([
  'module',
  '_orig_mod',
  '_forward_module',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
]);

/** Longer names are no network's, and would only cost time. */
const longest = 32;

/** The same tensors without the names of training wrappers: `features.module.0.weight` → `features.0.weight`. */
export function withoutWrappers(source: WeightSource): WeightSource {
  const plain = (name: string) =>
    name
      .split('.')
      .filter((segment) => !wrappers.has(segment))
      .join('.');
  return [...source.shapes.keys()].some((name) => plain(name) !== name) ? renameUnique(source, plain) : source;
}

/** Renames, and leaves a tensor its own name where the new one is another's. */
function renameUnique(source: WeightSource, rename: (name: string) => string): WeightSource {
  const taken = new Set(source.shapes.keys());
  const names = new Map<string, string>();
  for (const name of source.shapes.keys()) {
    const wanted = rename(name);
    const free = wanted === name || !taken.has(wanted);
    names.set(name, free ? wanted : name);
    taken.add(wanted);
  }
  return renameWeights(source, (name) => names.get(name)!);
}

/** A level of names to take out: `run` behind one of `before`. */
interface Level {
  run: string;
  before: Set<string>;
  /** Names wanted that come out. */
  gained: Set<string>;
}

/** The levels whose removal makes wanted names out of others, by the level's own name. */
function levelsOf(source: WeightSource, wanted: ReadonlySet<string>, separator: string): Map<string, Level> {
  const levels = new Map<string, Level>();
  for (const name of source.shapes.keys()) {
    const segments = name.split(separator);
    if (wanted.has(name) || segments.length > longest) {
      continue;
    }
    for (let from = 0; from < segments.length - 1; from++) {
      for (let to = from + 1; to < segments.length; to++) {
        const shorter = [...segments.slice(0, from), ...segments.slice(to)].join(separator);
        if (wanted.has(shorter) && !source.shapes.has(shorter)) {
          const run = segments.slice(from, to).join(separator) + separator;
          const level = levels.get(run) ?? { run, before: new Set(), gained: new Set() };
          level.before.add(segments.slice(0, from).join(separator) + (from === 0 ? '' : separator));
          level.gained.add(shorter);
          levels.set(run, level);
        }
      }
    }
  }
  return levels;
}

/**
 * The same tensors without a level of names that a model around the network put in (`model.`, `backbone.`), wherever it
 * stands and whether or not all tensors have it: the level without which most names wanted are found, if these are at
 * least half of them.
 *
 * @param conventions the names that a network asks for, by each convention
 */
export function withoutLevel(source: WeightSource, conventions: readonly ReadonlySet<string>[]): WeightSource {
  const separator = source.layout === 'tensorflow' ? '/' : '.';
  let best: Level | null = null;
  for (const wanted of conventions) {
    for (const level of levelsOf(source, wanted, separator).values()) {
      if (2 * level.gained.size >= wanted.size && level.gained.size > (best?.gained.size ?? 0)) {
        best = level;
      }
    }
  }
  if (best === null) {
    return source;
  }
  const { run } = best;
  // The longest first: `before` may be empty, and then every name begins with it.
  const places = [...best.before].sort((a, b) => b.length - a.length);
  return renameUnique(source, (name) => {
    const before = places.find((place) => name.startsWith(place + run));
    return before === undefined ? name : before + name.slice(before.length + run.length);
  });
}

/** What classifiers are called by those who put their own on a network. */
const usualHeads = /^(last_linear|fc\d?|classifier|head|linear|logits|output|cls|classification_head|head_?fc)$/;

/** Where a network's classifier is looked for, and what it must take. */
export interface HeadPlace {
  /** The classifier's names in the convention at hand. */
  weight: string;
  bias: string;
  /** Channels it reads. */
  inputs: number;
}

/**
 * The same tensors with a trained classifier under the name that the network has for it: the one linear layer in its
 * place (`fc.1`, behind a dropout) or under a usual name (`last_linear`, `head.fc`). Where it is not one layer alone
 * that reads the features, nothing is renamed.
 *
 * @param wanted names that the network's other layers ask for
 */
export function withHead(source: WeightSource, wanted: ReadonlySet<string>, head: HeadPlace): WeightSource {
  const own = head.weight.replace(/\.weight$/, '');
  const isHead = (name: string) =>
    name.startsWith(`${own}.`) || (!own.includes('.') && usualHeads.test(name.split('.')[0]));
  const places = [...source.shapes.keys()].filter((name) => !wanted.has(name) && isHead(name));
  const candidates = places.filter((name) => {
    const [outputs, inputs, ...area] = source.shapes.get(name)!;
    const bias = source.shapes.get(name.replace(/weight$/, 'bias'));
    const linear = name.endsWith('.weight') && inputs === head.inputs && area.every((side) => side === 1);
    return linear && bias?.length === 1 && bias[0] === outputs;
  });
  const [weight] = candidates;
  // A second layer beside it, linear or normalisation, makes another head of it.
  const top = weight?.split('.')[0];
  const together = places.filter((name) => name.split('.')[0] === top || candidates.includes(name));
  if (candidates.length !== 1 || together.length !== 2) {
    return source;
  }
  const bias = weight.replace(/weight$/, 'bias');
  return renameUnique(source, (name) => (name === weight ? head.weight : name === bias ? head.bias : name));
}
