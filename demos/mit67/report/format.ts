import type { Figure, Measure } from './results.js';

const minus = (text: string) => text.replace('-', '\u2212');

/** A figure in the measure's unit, without the unit: shares as percentages with one decimal. */
export function valueText(value: number | null, unit: Measure['unit']): string {
  if (value === null || !Number.isFinite(value)) {
    return '–';
  }
  return minus(unit === 'share' ? (100 * value).toFixed(1) : unit === 'seconds' ? value.toPrecision(3) : value.toFixed(3));
}

export function intervalText({ low, high }: Figure, unit: Measure['unit']): string {
  return low === null || high === null ? '' : `${valueText(low, unit)} … ${valueText(high, unit)}`;
}

/** A difference with its sign; shares as percentage points. */
export function differenceText(value: number | null, unit: Measure['unit']): string {
  const text = valueText(value, unit);
  return value !== null && value > 0 ? `+${text}` : text;
}

export function durationText(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The unit as headings show it. */
export const unitText = { share: '%', number: '', seconds: 's' } as const;
