import { expectedInWords, nearestNames } from '../../errors.js';
import { madeFrom } from './config.js';
import type { MethodConfig, ExperimentConfig } from './config.js';

/** What the command line says of methods. */
export interface MethodFlags {
  /** ids of the methods wanted, and no others; default all */
  methods?: readonly string[];
  /** methods that are marked `full` run too */
  full?: boolean;
}

/** Named methods, and those that they are made from. */
function named({ methods }: ExperimentConfig, ids: readonly string[]): MethodConfig[] {
  const known = methods.map(({ id }) => id);
  const strange = ids.find((id) => !known.includes(id));
  if (strange !== undefined) {
    throw expectedInWords(
      '--methods',
      `ids of methods, of ${known.join(', ')}`,
      strange + nearestNames(strange, known),
    );
  }
  const wanted = new Set(ids);
  // What a method is made from stands above it, but for Grad-CAM, which may stand anywhere.
  for (const method of [...methods].reverse()) {
    if (wanted.has(method.id)) {
      madeFrom(method).forEach((id) => wanted.add(id));
    }
  }
  return methods.filter(({ id }) => wanted.has(id));
}

/** All methods but those that are marked `full` and what is made from them. */
function short({ title, methods }: ExperimentConfig): MethodConfig[] {
  const left = new Set(methods.filter(({ full }) => full === true).map(({ id }) => id));
  for (const method of methods) {
    if (madeFrom(method).some((id) => left.has(id))) {
      left.add(method.id);
    }
  }
  if (left.size === methods.length) {
    throw expectedInWords(
      `the methods of ${title}`,
      'some that run without --full',
      'none: give --full, or name some with --methods',
    );
  }
  return methods.filter(({ id }) => !left.has(id));
}

/**
 * A run of those of its methods that are asked for, with the comparisons between them.
 *
 * @returns the run, and a sentence on methods that only `--full` runs, where some are left out for that
 * @throws WeldonError for an id that no method has, and where no method is left
 */
export function withChosenMethods(
  config: ExperimentConfig,
  { methods: ids, full }: MethodFlags,
): { config: ExperimentConfig; notice: string | null } {
  const methods = ids !== undefined ? named(config, ids) : full === true ? config.methods : short(config);
  const there = new Set(methods.map(({ id }) => id));
  const left = ids !== undefined ? [] : config.methods.map(({ id }) => id).filter((id) => !there.has(id));
  return {
    config: { ...config, methods, comparisons: config.comparisons.filter((pair) => pair.every((id) => there.has(id))) },
    notice:
      left.length === 0
        ? null
        : left.length === 1
          ? `Method ${left[0]} is left out: --full runs it too`
          : `Methods ${left.slice(0, -1).join(', ')} and ${left[left.length - 1]} are left out: --full runs them too`,
  };
}
