import type * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import type { Pooling, PoolingKind, PoolingName } from './kinds.js';
import { poolingKinds } from './kinds.js';
import type { PoolingOptions } from './options.js';
import type { PoolingChoice } from './presets.js';
import { poolingOf } from './presets.js';

/**
 * The pooling of that name; WELDON's for none.
 *
 * @throws WeldonError for a name that no pooling has
 */
export function kindNamed(kind: PoolingName = 'weldon', owner = 'a pooling'): PoolingKind<object> {
  if (!Object.hasOwn(poolingKinds, kind)) {
    const names = Object.keys(poolingKinds).map((name) => `'${name}'`);
    throw expected(`kind of pooling for ${owner}`, names.join(' or '), kind);
  }
  return poolingKinds[kind] as PoolingKind<object>;
}

/** Options of a pooling with its name, which WELDON's go without. */
export function poolingWith(kind: PoolingName, options: object): Pooling {
  return (kind === 'weldon' ? options : { kind, ...options }) as Pooling;
}

/**
 * A pooling checked, with its defaults.
 *
 * @param choice the name of a preset, or options
 * @throws WeldonError naming the option that is out of range, or the name that no pooling has
 */
export function resolveChoice(choice: PoolingChoice, owner: string): Pooling {
  const { kind, ...options } = poolingOf(choice, owner);
  const { optionNames, resolve } = kindNamed(kind, owner);
  checkKeys(options, optionNames.join(' '), `the pooling of ${owner}`);
  return poolingWith(kind ?? 'weldon', resolve(options, owner));
}

/** A pooling's options where it is WELDON's, which alone counts regions; `null` for any other. */
export function weldonOptionsOf(choice: PoolingChoice, owner: string): PoolingOptions | null {
  const { kind = 'weldon', ...options } = poolingOf(choice, owner);
  return kind === 'weldon' ? (options as PoolingOptions) : null;
}

/**
 * A pooling with some of WELDON's options changed: another pooling gives way to WELDON's, which alone has them.
 *
 * @param given those that are `undefined` change nothing
 */
export function withWeldonOptions(pooling: Pooling, given: PoolingOptions): Pooling {
  const changes = Object.entries(given).filter(([, value]) => value !== undefined);
  if (changes.length === 0) {
    return pooling;
  }
  return { ...weldonOptionsOf(pooling, 'a pooling'), ...Object.fromEntries(changes) };
}

/**
 * Refuses a pooling with weights of its own where only a layer can have them.
 *
 * @throws WeldonError naming what it learns
 */
export function checkFixed(choice: PoolingChoice, owner: string): void {
  const { kind, ...options } = poolingOf(choice, owner);
  const learnt = kindNamed(kind, owner).learns(options);
  if (learnt !== null) {
    throw expectedInWords(
      `pooling for ${owner}`,
      'one that learns nothing, as it is no layer here',
      `one that learns ${learnt}`,
    );
  }
}

/**
 * Scores from class maps by any pooling.
 *
 * @param maps `[batch, …regions, classes]`
 * @returns `[batch, classes]`
 * @throws WeldonError for a pooling that is unknown, or learns something
 */
export function poolMaps(maps: tf.Tensor, choice: PoolingChoice): tf.Tensor2D {
  checkFixed(choice, 'poolMaps');
  const { kind, ...options } = resolveChoice(choice, 'poolMaps');
  return kindNamed(kind).pool(maps, options);
}

/** The regions that a heat map outlines, as counts for `weldonRegions`: those that the pooling selects, if it does. */
export function shownRegions({ kind, ...options }: Pooling): Pick<PoolingOptions, 'kMax' | 'kMin'> {
  return kindNamed(kind).shownRegions(options);
}
