import { escapeHtml } from './html.js';
import { valueText } from './format.js';
import type { Measure, ResultRow } from './results.js';

/** One bar per class, the lowest first. */
export function classBars(
  row: ResultRow,
  rowName: string,
  classes: readonly string[],
  { id, name, unit }: Measure,
  shown: boolean,
): string {
  const values = row.perClass;
  if (values === undefined) {
    return '';
  }
  const order = classes.map((_, c) => c).sort((a, b) => (values[a] ?? 2) - (values[b] ?? 2) || a - b);
  const bars = order
    .map((c) => {
      const value = values[c];
      const share = value === null ? '' : ` style="--share:${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%"`;
      return `<li><span>${escapeHtml(classes[c])}</span><i${share}></i><b>${valueText(value, unit)}</b></li>`;
    })
    .join('');
  // The mean over classes has a name of its own.
  const figure = id === 'map' ? 'average precision' : name.toLowerCase();
  return `<div class="choice" data-row="${escapeHtml(row.id)}"${shown ? '' : ' hidden'}><h3>${escapeHtml(
    `${rowName}: ${figure} of each class, %`,
  )}</h3><ul class="bars">${bars}</ul></div>`;
}
