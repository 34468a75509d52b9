import { escapeHtml } from '../../../src/node/pictures/escapeHtml.js';
import { differenceText } from './format.js';
import type { Comparison, EvaluationResults } from './results.js';

const pairOf = ({ row, against }: Comparison) => JSON.stringify([row, against]);

/** Differences between rows, pair by pair; one whose interval holds 0 is called open. */
export function comparisonTable({ comparisons, rows, measures, tests = [] }: EvaluationResults): string {
  if (comparisons.length === 0) {
    return '';
  }
  const nameOf = (id: string) => {
    const row = rows.find((each) => each.id === id);
    const alike = rows.filter((each) => each.published === undefined && each.name === row?.name);
    // A frozen and a fine-tuned row may have one name.
    return row === undefined ? id : alike.length > 1 ? `${row.name} (${row.strategy})` : row.name;
  };
  const usual = comparisons[0].test;
  const line = ({ measure: id, difference: { value, low, high }, p, test }: Comparison) => {
    const measure = measures.find((each) => each.id === id);
    const { unit = 'share', better = 'higher', name = id } = measure ?? {};
    const sign = better === 'lower' ? -1 : 1;
    const verdict = low === null || high === null ? '' : low > 0 || high < 0
      ? (sign * (value ?? 0) > 0 ? '<span class="yes">better</span>' : '<span class="no">worse</span>') : '<span>open</span>';
    return `<tr><th scope="row">${escapeHtml(name)}${test === usual ? '' : `<small>${escapeHtml(test)}</small>`}</th>`
      + `<td><b>${differenceText(value, unit)}</b>${low === null || high === null ? ''
        : `<small>${differenceText(low, unit)} … ${differenceText(high, unit)}</small>`}</td>`
      + `<td>${verdict}</td><td>${p === null ? '–' : p < 0.001 ? '&lt; 0.001' : p.toFixed(3)}</td></tr>`;
  };
  const pairs = [...new Set(comparisons.map(pairOf))].map((pair) => comparisons.filter((each) => pairOf(each) === pair));
  const body = pairs.map((pair) => `<tr class="group"><th colspan="4" scope="colgroup">${escapeHtml(nameOf(pair[0].row))} <i>against</i> ${
    escapeHtml(nameOf(pair[0].against))}</th></tr>\n${pair.map(line).join('\n')}`).join('\n');
  return `<section><h2>Differences on the same pictures</h2><div class="scroll" tabindex="0" role="region" aria-label="Differences">
<table class="results differences"><thead><tr><th scope="col">Measure</th><th scope="col">Difference</th><th scope="col">Verdict</th>
<th scope="col">p</th></tr></thead><tbody>${body}</tbody></table></div>
<p class="note">Shares in percentage points. Where nothing else is said: ${escapeHtml(usual)}. “Open”: the 95 % interval holds 0.</p>${tests.length === 0 ? ''
    : `<dl class="meanings">${tests.map((test) => `<div><dt>${escapeHtml(test.name)}</dt><dd>${escapeHtml(test.explained)}</dd></div>`).join('')}</dl>`}</section>`;
}
