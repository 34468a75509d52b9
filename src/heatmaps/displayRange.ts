import { expected } from '../errors.js';
import { checkMap } from './types.js';
import type { ClassMap } from './types.js';

/**
 * Which values take the two ends of a colour map:
 * - `'diverging'`: −m … m with m the largest magnitude, so 0 keeps the middle colour and the sign stays visible;
 * - `'sequential'`: smallest … largest value;
 * - `'positive'`: 0 … largest value, evidence against the class shows like no evidence.
 */
export type RangeRule = 'diverging' | 'sequential' | 'positive';

export const rangeRules: readonly RangeRule[] = ['diverging', 'sequential', 'positive'];

/** The values at the two ends of the colours; `low < high` always, both finite. */
export interface DisplayRange {
  rule: RangeRule;
  low: number;
  high: number;
}

/** Maps flatter than this share of their magnitude are float32 noise, not evidence, and count as constant. */
const flat = 1e-6;

/**
 * The display range of one map, or one range shared by several so that their colours can be compared.
 * The maps are only read. NaN and ±Infinity do not count.
 *
 * What has no range of its own gets a defined one:
 *
 * | maps | `'diverging'` | `'sequential'` | `'positive'` |
 * |---|---|---|---|
 * | all 0, or nothing finite | −1 … 1, middle colour | −0.5 … 0.5, middle colour | 0 … 1, lowest colour |
 * | constant c ≠ 0 | −\|c\| … \|c\|, an end colour | c ∓ \|c\|/2, middle colour | 0 … c, highest colour (c < 0: 0 … 1, lowest) |
 * | all negative | the lower half of the colours | all colours | 0 … 1, lowest colour |
 *
 * @throws WeldonError for an unknown rule, no map at all, or a map whose data do not fit its shape
 *
 * @example
 * displayRange({ data: Float32Array.of(-1, 0, 3), rows: 1, columns: 3 });
 * // { rule: 'diverging', low: -3, high: 3 }
 */
export function displayRange(maps: ClassMap | readonly ClassMap[], rule: RangeRule = 'diverging'): DisplayRange {
  const list = 'data' in maps ? [maps] : maps;
  if (list.length === 0) {
    throw expected('maps for displayRange', 'at least one class map', list);
  }
  let smallest = Infinity;
  let largest = -Infinity;
  for (const map of list) {
    checkMap(map, 'displayRange');
    for (const value of map.data) {
      if (Number.isFinite(value)) {
        smallest = Math.min(smallest, value);
        largest = Math.max(largest, value);
      }
    }
  }
  if (smallest > largest) {
    smallest = largest = 0;
  }
  switch (rule) {
    case 'diverging': {
      const magnitude = Math.max(Math.abs(smallest), Math.abs(largest)) || 1;
      return { rule, low: -magnitude, high: magnitude };
    }
    case 'positive':
      return { rule, low: 0, high: largest > 0 ? largest : 1 };
    case 'sequential': {
      const magnitude = Math.max(Math.abs(smallest), Math.abs(largest));
      if (largest - smallest > flat * magnitude) {
        return { rule, low: smallest, high: largest };
      }
      const half = magnitude / 2 || 0.5;
      const centre = (smallest + largest) / 2;
      return { rule, low: centre - half, high: centre + half };
    }
    default:
      throw expected('rule for displayRange', "'diverging', 'sequential' or 'positive'", rule);
  }
}

/**
 * Places in the display range: 0 at `low`, 1 at `high`, clamped to [0, 1]; ±Infinity takes an end, NaN stays NaN
 * (and is painted transparent). Returns a new map, the raw one is never changed.
 *
 * @example
 * normalizeMap({ data: Float32Array.of(-3, 0, 3), rows: 1, columns: 3 }).data; // 0, 0.5, 1
 */
export function normalizeMap(map: ClassMap, range: DisplayRange = displayRange(map)): ClassMap {
  checkMap(map, 'normalizeMap');
  checkRange(range);
  const scale = 1 / (range.high - range.low);
  const data = map.data.map((value) => Math.min(1, Math.max(0, (value - range.low) * scale)));
  return { data, rows: map.rows, columns: map.columns };
}

/** Refuses ranges that a division could not survive. */
export function checkRange(range: DisplayRange): void {
  if (!(Number.isFinite(range.low) && Number.isFinite(range.high) && range.low < range.high)) {
    throw expected('the display range', 'two finite numbers with low < high', [range.low, range.high]);
  }
}
