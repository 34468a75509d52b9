import { escapeHtml } from '../../../src/node/pictures/escapeHtml.js';
import { differenceText, intervalText, unitText, valueText } from './format.js';
import type { EvaluationResults, Measure, ResultRow } from './results.js';

/** The best measured value of each column; published rows do not compete. */
function bestValues({ measures, rows }: EvaluationResults): Map<string, number> {
  return new Map(measures.flatMap(({ id, better }): [string, number][] => {
    const values = rows.filter((row) => row.published === undefined).map((row) => row.figures[id]?.value)
      .filter((value) => value != null);
    return values.length < 2 ? [] : [[id, better === 'higher' ? Math.max(...values) : Math.min(...values)]];
  }));
}

function cell(row: ResultRow, { id, unit, name }: Measure, best: Map<string, number>): string {
  const figure = row.figures[id];
  if (figure === undefined || figure.value === null) {
    return `<td data-measure="${escapeHtml(name)}" class="none">–</td>`;
  }
  const interval = intervalText(figure, unit);
  const each = figure.each === undefined || figure.each.length < 2 ? ''
    : ` title="${escapeHtml(`each: ${figure.each.map((value) => valueText(value, unit)).join(', ')}`)}"`;
  const strong = row.published === undefined && best.get(id) === figure.value;
  return `<td data-measure="${escapeHtml(name)}"${each}${strong ? ' class="best"' : ''}><b>${valueText(figure.value, unit)}</b>${
    interval === '' ? '' : `<small>${interval}</small>`}</td>`;
}

/** The table of all rows, with what its columns mean below. */
export function resultTable(results: EvaluationResults): string {
  const { measures, rows } = results;
  const shown = measures.filter(({ id }) => rows.some((row) => row.figures[id] !== undefined));
  const best = bestValues(results);
  const head = shown.map(({ name, unit, better }) => `<th scope="col">${escapeHtml(name)}<small>${
    [unitText[unit], better === 'lower' ? 'less is better' : ''].filter((part) => part !== '').join(', ')}</small></th>`).join('');
  let strategy = '';
  const body = rows.map((row) => {
    const group = row.strategy === strategy ? ''
      : `<tr class="group"><th colspan="${shown.length + 1}" scope="colgroup">${escapeHtml(row.strategy)}</th></tr>`;
    strategy = row.strategy;
    const details = [...row.details, ...(row.published === undefined ? [] : [`published: ${row.published.source}`])];
    return `${group}<tr${row.published === undefined ? '' : ' class="published"'}><th scope="row">${escapeHtml(row.name)}${
      details.length === 0 ? '' : `<small>${details.map(escapeHtml).join(' · ')}</small>`}</th>${
      shown.map((measure) => cell(row, measure, best)).join('')}</tr>`;
  }).join('\n');
  const meanings = shown.map(({ name, explained }) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(explained)}</dd>`).join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="Table of results"><table class="results">
<thead><tr><th scope="col">Row</th>${head}</tr></thead><tbody>
${body}
</tbody></table></div>
<p class="note">Small figures: 95 % intervals by bootstrap over the test pictures. They tell of the choice of pictures, not of
training. Bold and marked: the best value that was measured here. Rows in italics were published by others and not measured.</p>
<details><summary>What the columns mean</summary><dl>${meanings}</dl></details>`;
}

/** Differences between rows; one whose interval holds 0 is called open. */
export function comparisonTable({ comparisons, rows, measures }: EvaluationResults): string {
  if (comparisons.length === 0) {
    return '';
  }
  const nameOf = (id: string) => rows.find((row) => row.id === id)?.name ?? id;
  const body = comparisons.map(({ row, against, measure: id, difference, p, test }) => {
    const measure = measures.find((each) => each.id === id);
    const { unit = 'share', better = 'higher', name = id } = measure ?? {};
    const { value, low, high } = difference;
    const sign = better === 'lower' ? -1 : 1;
    const verdict = low === null || high === null ? '' : low > 0 || high < 0
      ? (sign * (value ?? 0) > 0 ? '<span class="yes">better</span>' : '<span class="no">worse</span>') : '<span>open</span>';
    return `<tr><th scope="row">${escapeHtml(nameOf(row))}<small>against ${escapeHtml(nameOf(against))}</small></th>`
      + `<td>${escapeHtml(name)}</td><td><b>${differenceText(value, unit)}</b>${low === null || high === null ? ''
        : `<small>${differenceText(low, unit)} … ${differenceText(high, unit)}</small>`}</td>`
      + `<td>${verdict}</td><td>${p === null ? '–' : p < 0.001 ? '&lt; 0.001' : p.toFixed(3)}</td><td class="words">${escapeHtml(test)}</td></tr>`;
  }).join('\n');
  return `<section><h2>Differences on the same pictures</h2><div class="scroll" tabindex="0" role="region" aria-label="Differences">
<table class="results"><thead><tr><th scope="col">Row</th><th scope="col">Measure</th><th scope="col">Difference</th><th scope="col"></th>
<th scope="col">p</th><th scope="col">Test</th></tr></thead><tbody>${body}</tbody></table></div></section>`;
}
