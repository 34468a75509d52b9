import type * as tf from '@tensorflow/tfjs-core';
import { expected } from '../errors.js';
import type { DataFormat, Reduction } from '../pooling/options.js';
import { weldonPool } from '../pooling/weldonPool.js';

/** A node of a GraphModel as tfjs-converter hands it to a registered op. */
export interface GraphOpNode {
  inputs: tf.Tensor[];
  attrs: Record<string, unknown>;
}

/** `registerOp` of @tensorflow/tfjs-converter. */
export type RegisterOp = (name: string, op: (node: GraphOpNode) => tf.Tensor) => void;

/** A number from a float attribute, held with 24 bits: 0.1 and not 0.10000000149, which rounds otherwise. */
function number(value: unknown): number | undefined {
  return typeof value === 'number' ? Number(value.toPrecision(7)) : undefined;
}

// tfjs-converter hands over texts in lower case, whatever the file says.
const dataFormats: Record<string, DataFormat> = {
  nhwc: 'channelsLast',
  channelslast: 'channelsLast',
  channels_last: 'channelsLast',
  nchw: 'channelsFirst',
  channelsfirst: 'channelsFirst',
  channels_first: 'channelsFirst',
};
const reductions: Record<string, Reduction> = { mean: 'mean', sum: 'sum', halfmean: 'halfMean', half_mean: 'halfMean' };

function word<T>(attribute: string, value: unknown, words: Record<string, T>, rule: string): T | undefined {
  if (value === undefined) {
    return undefined;
  }
  const found = typeof value === 'string' ? words[value.toLowerCase()] : undefined;
  if (found === undefined) {
    throw expected(`${attribute} of a WeldonPool node`, rule, value);
  }
  return found;
}

/**
 * Teaches tfjs-converter the op `WeldonPool`, so that a GraphModel may contain it.
 *
 * The node's inputs are the maps and, for bags, a mask; its attributes are the options of `weldonPool` in TensorFlow's
 * spelling: `k_max`, `k_min` (absent: as k_max), `alpha`, `reduction` ('mean', 'sum', 'halfMean'), `data_format`
 * ('NHWC', 'NCHW').
 *
 * @param registerOp from @tensorflow/tfjs-converter, handed in so that this package does not depend on it
 *
 * @example
 * import { registerOp } from '@tensorflow/tfjs-converter';
 * registerWeldonGraphOps(registerOp);
 */
export function registerWeldonGraphOps(registerOp: RegisterOp): void {
  registerOp('WeldonPool', ({ inputs, attrs }) => {
    const [maps, mask] = inputs;
    return weldonPool(maps, {
      kMax: number(attrs.k_max),
      kMin: number(attrs.k_min),
      alpha: number(attrs.alpha),
      reduction: word('reduction', attrs.reduction, reductions, "'mean', 'sum' or 'halfMean'"),
      dataFormat: word('data_format', attrs.data_format, dataFormats, "'NHWC' or 'NCHW'"),
      mask,
    });
  });
}
