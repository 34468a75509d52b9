import type { Figure, Measure } from './results.js';

/** With a minus sign, which what is rounded to nothing has none of. */
const minus = (text: string) => (Number(text) === 0 ? text.replace('-', '') : text.replace('-', '\u2212'));

/** A figure in the measure's unit, without the unit: shares as percentages with one decimal. */
export function valueText(value: number | null, unit: Measure['unit']): string {
  if (value === null || !Number.isFinite(value)) {
    return '–';
  }
  if (unit === 'share') {
    return minus((100 * value).toFixed(1));
  }
  return minus(unit === 'seconds' ? value.toPrecision(3) : value.toFixed(3));
}

export function intervalText({ low, high }: Figure, unit: Measure['unit']): string {
  return low === null || high === null ? '' : `${valueText(low, unit)} … ${valueText(high, unit)}`;
}

/** A difference with its sign; shares as percentage points. */
export function differenceText(value: number | null, unit: Measure['unit']): string {
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
