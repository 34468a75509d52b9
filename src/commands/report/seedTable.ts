import { escapeHtml } from './html.js';
import { unitText, valueText } from './format.js';
import type { EvaluationResults, Measure, ResultRow } from './results.js';
import { rowNames } from './methodNames.js';

const several = ({ figures }: ResultRow, { id }: Measure) => (figures[id]?.each ?? []).length > 1;

/** The figures of each seed, or split, of the rows that have several; closed at first, open on paper. */
export function seedTable(results: EvaluationResults, measures: readonly Measure[], group: string): string {
  const shown = measures.filter((measure) => results.rows.some((row) => several(row, measure)));
  const rows = results.rows.filter((row) => shown.some((measure) => several(row, measure)));
  if (rows.length === 0) {
    return '';
  }
  const names = rowNames(results.rows);
  const word = results.dataSet.splits === undefined ? 'seed' : 'split';
  const head = shown
    .map(({ name, unit }) => `<th scope="col">${escapeHtml(name)}<small>${unitText[unit]}</small></th>`)
    .join('');
  const cell = (row: ResultRow, measure: Measure) =>
    `<td>${
      several(row, measure)
        ? row.figures[measure.id].each!.map((value) => valueText(value, measure.unit)).join(', ')
        : '–'
    }</td>`;
  const body = rows
    .map(
      (row) =>
        `<tr><th scope="row">${escapeHtml(names.get(row.id)!)}</th>${shown
          .map((measure) => cell(row, measure))
          .join('')}</tr>`,
    )
    .join('\n');
  return `<details class="each"><summary>Figures of each ${word}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${group}: figures of each ${word}"><table class="results">
<thead><tr><th scope="col">Row</th>${head}</tr></thead><tbody>
${body}
</tbody></table></div></details>`;
}
