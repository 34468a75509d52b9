import { escapeHtml } from '../../../src/node/pictures/escapeHtml.js';
import { intervalText, unitText, valueText } from './format.js';
import type { EvaluationResults, Figure, Measure, ResultRow } from './results.js';

const groupNames: Record<Measure['group'], string> = {
  recognition: 'Recognition', localisation: 'Localisation', faithfulness: 'Faithfulness of the maps', cost: 'Cost',
};

/** Rows that repeat another one elsewhere stand in that row's cells, not in rows of their own. */
const isReference = ({ strategy }: ResultRow) => strategy === 'reference';

function referenceOf(row: ResultRow, rows: readonly ResultRow[]): ResultRow | undefined {
  return rows.find((other) => isReference(other) && other.id === `${row.id}-reference`);
}

/** The best measured value of each measure, where two rows or more have one. */
function bestValues({ measures, rows }: EvaluationResults): Map<string, number> {
  return new Map(measures.flatMap(({ id, better }): [string, number][] => {
    const values = rows.filter((row) => row.published === undefined).map((row) => row.figures[id]?.value)
      .filter((value) => value != null);
    return values.length < 2 ? [] : [[id, better === 'higher' ? Math.max(...values) : Math.min(...values)]];
  }));
}

function cell(
  { figures, published }: ResultRow, { id, unit, name }: Measure, best: Map<string, number>, reference: Figure | undefined,
): string {
  const figure = figures[id];
  const beside = reference?.value == null ? '' : `<small>ref. ${valueText(reference.value, unit)}</small>`;
  if (figure === undefined || figure.value === null) {
    return `<td data-measure="${escapeHtml(name)}" class="none">–${beside}</td>`;
  }
  const interval = intervalText(figure, unit);
  const each = figure.each === undefined || figure.each.length < 2 ? ''
    : ` title="${escapeHtml(`each: ${figure.each.map((value) => valueText(value, unit)).join(', ')}`)}"`;
  const strong = published === undefined && best.get(id) === figure.value;
  return `<td data-measure="${escapeHtml(name)}"${each}${strong ? ' class="best"' : ''}><b>${valueText(figure.value, unit)}</b>${
    interval === '' ? '' : `<small>${interval}</small>`}${beside}</td>`;
}

/** One table of the measures of a group; `''` where no row has any of them. */
function groupTable(results: EvaluationResults, group: Measure['group'], withDetails: boolean): string {
  const measures = results.measures.filter((measure) => measure.group === group);
  // A row without a figure is not dropped in silence.
  const has = ({ figures }: ResultRow) => measures.some(({ id }) => figures[id] !== undefined) ||
    (withDetails && Object.keys(figures).length === 0);
  const rows = results.rows.filter((row) => !isReference(row) && has(row));
  if (rows.length === 0) {
    return '';
  }
  const shown = measures.filter(({ id }) => rows.some((row) => row.figures[id] !== undefined));
  const best = bestValues(results);
  const head = shown.map(({ name, unit, better }) => `<th scope="col">${escapeHtml(name)}<small>${
    [unitText[unit], better === 'lower' ? 'less is better' : ''].filter((part) => part !== '').join(', ')}</small></th>`).join('');
  let strategy = '';
  const body = rows.map((row) => {
    const heading = row.strategy === strategy ? ''
      : `<tr class="group"><th colspan="${shown.length + 1}" scope="colgroup">${escapeHtml(row.strategy)}</th></tr>`;
    strategy = row.strategy;
    const details = [...(withDetails ? row.details : []), ...(row.published === undefined ? [] : [`published: ${row.published.source}`])];
    const reference = referenceOf(row, results.rows);
    return `${heading}<tr${row.published === undefined ? '' : ' class="published"'}><th scope="row">${escapeHtml(row.name)}${
      details.length === 0 ? '' : `<small>${details.map(escapeHtml).join(' · ')}</small>`}</th>${
      shown.map((measure) => cell(row, measure, best, reference?.figures[measure.id])).join('')}</tr>`;
  }).join('\n');
  const name = groupNames[group];
  const meanings = shown.map((measure) => `<div><dt>${escapeHtml(measure.name)}</dt><dd>${escapeHtml(measure.explained)}</dd></div>`).join('');
  return `<h3>${name}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Results: ${name}"><table class="results">
<thead><tr><th scope="col">Row</th>${head}</tr></thead><tbody>
${body}
</tbody></table></div>
<dl class="meanings">${meanings}</dl>`;
}

/** The tables of all rows, one for each group of measures, with what the columns mean below each. */
export function resultTables(results: EvaluationResults): string {
  const groups = Object.keys(groupNames) as Measure['group'][];
  const tables = groups.map((group, i) => groupTable(results, group, i === 0)).filter((table) => table !== '');
  const source = results.rows.find(isReference)?.published?.source;
  return tables.length === 0 ? '<p class="note">No row has a figure.</p>' : `${tables.join('\n')}
<p class="note">Small figures: 95 % intervals by bootstrap over the test pictures. They tell of the choice of pictures, not of
training. Bold and marked: the best value that was measured here. Rows in italics were published by others and not measured.${
  source === undefined ? '' : ` “ref.”: ${escapeHtml(source)}.`}</p>`;
}
