import { relative, sep } from 'node:path';
import type { Estimate, Metric, MethodResult } from './results.js';

/**
 * Rows' names by their ids, no two alike: where several have one name, as a frozen and a fine-tuned GAP may, their
 * strategy is said too, and where that does not tell them apart their id. Rows of others, published or of a reference
 * run, keep their names.
 */
export function methodNames(
  methods: readonly Pick<MethodResult, 'id' | 'name' | 'strategy' | 'published'>[],
): Map<string, string> {
  const own = methods.filter(({ published }) => published === undefined);
  return new Map(
    methods.map((method) => {
      const { id, name, strategy, published } = method;
      const alike = published === undefined ? own.filter((other) => other !== method && other.name === name) : [];
      if (alike.length === 0) {
        return [id, name];
      }
      return [id, `${name} (${alike.some((other) => other.strategy === strategy) ? `${strategy}, ${id}` : strategy})`];
    }),
  );
}

/**
 * Whether seeds lie further apart than the interval is wide. Then the interval, which tells of the choice of test
 * images alone, says little of what another training would give: one seed that learnt nothing hides in the mean.
 * Splits measure other images each, which alone may set n of them √n times as far apart.
 *
 * @param splits random splits that `each` is of; 1: it is of the seeds of one
 */
export function farApart({ low, high, each = [] }: Estimate, splits = 1): boolean {
  return (
    low !== null &&
    high !== null &&
    each.length > 1 &&
    Math.max(...each) - Math.min(...each) > Math.sqrt(splits) * (high - low)
  );
}

/** With a minus sign, which what is rounded to nothing has none of. */
const minus = (text: string) => (Number(text) === 0 ? text.replace('-', '') : text.replace('-', '\u2212'));

/** An estimate in the metric's unit, without the unit: shares as percentages with one decimal. */
export function valueText(value: number | null, unit: Metric['unit']): string {
  if (value === null || !Number.isFinite(value)) {
    return '–';
  }
  if (unit === 'share') {
    return minus((100 * value).toFixed(1));
  }
  return minus(unit === 'seconds' ? value.toPrecision(3) : value.toFixed(3));
}

export function intervalText({ low, high }: Estimate, unit: Metric['unit']): string {
  return low === null || high === null ? '' : `${valueText(low, unit)} … ${valueText(high, unit)}`;
}

/** A difference with its sign; shares as percentage points. */
export function differenceText(value: number | null, unit: Metric['unit']): string {
  const text = valueText(value, unit);
  return value !== null && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** How likely a difference comes about by chance: `0.042`, `< 0.001`. */
export function chanceText(p: number | null): string {
  return p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A time that was taken or is left; what is begun counts as a second. */
export function durationText(seconds: number): string {
  if (seconds < 90) {
    return `${Math.ceil(seconds)} s`;
  }
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The unit as headings show it. */
export const unitText = { share: '%', number: '', seconds: 's' } as const;

/** Rows of words as columns, the first to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((word, column) => (column === 0 ? word.padEnd(widths[0]) : word.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}

/** A number of a file of results, to six places. */
export const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/** A path as seen from another folder, with `/`. */
export const seenFrom = (folder: string, path: string): string => relative(folder, path).split(sep).join('/');
