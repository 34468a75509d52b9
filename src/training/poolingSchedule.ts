import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import { isRegionPooling, poolingLayerLike } from '../layers/index.js';
import type { LayerStep } from '../models/layerGraph.js';

/**
 * How many regions a WELDON pooling takes while it is trained: at first other than `kMax`, then `kMax`. From many to few,
 * all regions learn before the strongest are chosen.
 */
export interface PoolingSchedule {
  /**
   * What `kMax` is at the first step: a share of the regions, 0 < from < 1, where it is a share; a whole number >= 1, of which
   * more than there are regions means all of them, where it is a count.
   */
  from: number;
  /** Part of the run's steps after which `kMax` is its own, 0 < until <= 1. Default 1. */
  until?: number;
}

/** Whether a layer pools as many regions as a `kMax` says. */
const hasCount = (layer: tfl.layers.Layer): boolean => isRegionPooling(layer) && 'kMax' in layer.getConfig();

/** `kMax` on its way: the same factor from step to step, whole numbers where it is a count. */
function countOnTheWay(from: number, own: number, part: number): number {
  const value = from ** (1 - part) * own ** part;
  return own < 1 ? value : Math.round(value);
}

/**
 * Refuses a schedule that cannot be followed.
 *
 * @throws WeldonError naming the part that is out of range
 */
export function checkPoolingSchedule(schedule: PoolingSchedule): void {
  checkKeys(schedule, 'from until', 'poolingSchedule');
  const { from, until = 1 } = schedule;
  if (!(typeof from === 'number' && from > 0 && (from < 1 || Number.isInteger(from)))) {
    throw expected('from of poolingSchedule', 'a share of the regions between 0 and 1, or a whole number >= 1', from);
  }
  if (!(typeof until === 'number' && until > 0 && until <= 1)) {
    throw expected('until of poolingSchedule', 'a number with 0 < until <= 1', until);
  }
}

/**
 * Refuses a schedule that says nothing to the model.
 *
 * @param steps those that are trained
 * @throws WeldonError if none pools, or one whose `kMax` is 0 or a count where the schedule has a share
 */
export function checkScheduledPooling({ from }: PoolingSchedule, steps: readonly LayerStep[], model: string): void {
  const layers = steps.map(({ layer }) => layer).filter(hasCount);
  if (layers.length === 0) {
    throw expectedInWords(
      'poolingSchedule for fineTune',
      `absent for model ${model}, which has no WELDON pooling`,
      'given',
    );
  }
  for (const layer of layers) {
    const { kMax } = layer.getConfig() as { kMax: number };
    if (kMax === 0 || kMax < 1 !== from < 1) {
      throw expected(
        'from of poolingSchedule',
        kMax === 0
          ? `absent for layer ${layer.name}, whose kMax is 0`
          : `a ${kMax < 1 ? 'share of the regions between 0 and 1' : 'whole number >= 1'}, as is kMax ${kMax} of layer ${layer.name}`,
        from,
      );
    }
  }
}

/**
 * The layer to call in place of another at one step of a schedule: a pooling of more or fewer regions, any other layer
 * itself. A `kMin` that is `null` follows `kMax`, any other stays.
 *
 * @param part of the run's steps that are done
 */
export function pooledBySchedule(
  layer: tfl.layers.Layer,
  { from, until = 1 }: PoolingSchedule,
  part: number,
): tfl.layers.Layer {
  if (part >= until || !hasCount(layer)) {
    return layer;
  }
  const { kMax } = layer.getConfig() as { kMax: number };
  return poolingLayerLike(layer, { kMax: countOnTheWay(from, kMax, part / until) });
}
