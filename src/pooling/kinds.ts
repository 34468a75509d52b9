import type * as tf from '@tensorflow/tfjs-core';
import { gemKind } from './gemPool.js';
import type { PoolingOptions } from './options.js';
import { logSumExpKind } from './logSumExpPool.js';
import { weldonKind } from './weldonPool.js';

/**
 * One pooling: its options, and how they turn class maps into scores. Its layers are made known in src/layers, by
 * `registerPoolingLayers`; their configs hold the same options.
 */
export interface PoolingKind<Options extends object> {
  /** names of the options, as configs and layers have them */
  readonly optionNames: readonly string[];
  /**
   * Checks the options and fills in the defaults.
   *
   * @throws WeldonError naming the option that is out of range
   */
  resolve(options: Options, owner: string): object;
  /** Scores `[batch, classes]` of maps `[batch, …regions, classes]`. */
  pool(maps: tf.Tensor, options: Options): tf.Tensor2D;
  /** What the layer learns beside its options, in words, `null` for nothing: such a pooling is only there as a layer. */
  learns(options: Options): string | null;
  /** Which regions a heat map outlines. */
  shownRegions(options: Options): Pick<PoolingOptions, 'kMax' | 'kMin'>;
}

/** Every pooling, by the name that `kind` has in configs, recipes and saved models. */
export const poolingKinds = { weldon: weldonKind, logSumExp: logSumExpKind, gem: gemKind } satisfies Record<
  string,
  PoolingKind<never>
>;

/** The name of a pooling. */
export type PoolingName = keyof typeof poolingKinds;

type OptionsOf<Kind> = Kind extends PoolingKind<infer Options> ? Options : never;

/** A pooling as plain values: which one, WELDON's where `kind` is absent, and its options. */
export type Pooling = {
  [Name in PoolingName]: OptionsOf<(typeof poolingKinds)[Name]> &
    (Name extends 'weldon' ? { kind?: Name } : { kind: Name });
}[PoolingName];
