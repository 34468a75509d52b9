import { escapeHtml } from './html.js';
import { farApart, intervalText, rowNames, unitText, valueText } from './format.js';
import type { EvaluationResults, Measure, ResultRow } from './results.js';

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

const groupNames: Record<Measure['group'], string> = {
  recognition: 'Recognition',
  localisation: 'Localisation',
  faithfulness: 'Faithfulness of the maps',
  cost: 'Cost',
};

/** Rows that repeat another one elsewhere stand in that row's cells, not in rows of their own. */
const isReference = ({ strategy }: ResultRow) => strategy === 'reference';

function referenceOf(row: ResultRow, rows: readonly ResultRow[]): ResultRow | undefined {
  return rows.find((other) => isReference(other) && other.id === `${row.id}-reference`);
}

/** The best measured value of each measure, where two rows or more have one. */
function bestValues({ measures, rows }: EvaluationResults): Map<string, number> {
  return new Map(
    measures.flatMap(({ id, better }): [string, number][] => {
      const values = rows
        .filter((row) => row.published === undefined)
        .map((row) => row.figures[id]?.value)
        .filter((value) => value != null);
      return values.length < 2 ? [] : [[id, better === 'higher' ? Math.max(...values) : Math.min(...values)]];
    }),
  );
}

/** What the cells of a table go by. */
interface Cells {
  results: EvaluationResults;
  best: Map<string, number>;
  /** what figures are told one by one for */
  eachWord: 'seeds' | 'splits';
}

function cell(row: ResultRow, { id, unit, name }: Measure, { results, best, eachWord }: Cells): string {
  const figure = row.figures[id];
  const reference = referenceOf(row, results.rows)?.figures[id];
  const beside = reference?.value == null ? '' : `<small>ref. ${valueText(reference.value, unit)}</small>`;
  if (figure === undefined || figure.value === null) {
    return `<td data-measure="${escapeHtml(name)}" class="none">–${beside}</td>`;
  }
  const interval = intervalText(figure, unit);
  const { each = [] } = figure;
  const apart = !farApart(figure, results.dataSet.splits)
    ? ''
    : `<small class="apart">${eachWord} ${intervalText(
        { value: null, low: Math.min(...each), high: Math.max(...each) },
        unit,
      )}</small>`;
  const strong = row.published === undefined && best.get(id) === figure.value;
  return (
    `<td data-measure="${escapeHtml(name)}"${strong ? ' class="best"' : ''}>` +
    `<b>${valueText(figure.value, unit)}</b>${interval === '' ? '' : `<small>${interval}</small>`}` +
    `${apart}${beside}</td>`
  );
}

/** One table of the measures of a group; `''` where no row has any of them. */
function groupTable(cells: Cells, group: Measure['group'], withDetails: boolean): string {
  const { results } = cells;
  const measures = results.measures.filter((measure) => measure.group === group);
  // A row without a figure is not dropped in silence.
  const has = ({ figures }: ResultRow) =>
    measures.some(({ id }) => figures[id] !== undefined) || (withDetails && Object.keys(figures).length === 0);
  const rows = results.rows.filter((row) => !isReference(row) && has(row));
  if (rows.length === 0) {
    return '';
  }
  const shown = measures.filter(({ id }) => rows.some((row) => row.figures[id] !== undefined));
  const head = shown
    .map(({ name, unit, better }) => {
      const below = [unitText[unit], better === 'lower' ? 'less is better' : '']
        .filter((part) => part !== '')
        .join(', ');
      return `<th scope="col">${escapeHtml(name)}<small>${below}</small></th>`;
    })
    .join('');
  let strategy = '';
  const body = rows
    .map((row) => {
      const heading =
        row.strategy === strategy
          ? ''
          : `<tr class="group"><th colspan="${shown.length + 1}" scope="colgroup">${escapeHtml(row.strategy)}</th></tr>`;
      strategy = row.strategy;
      const source = row.published === undefined ? [] : [`published: ${row.published.source}`];
      const details = [...(withDetails ? row.details : []), ...source];
      const below = details.length === 0 ? '' : `<small>${details.map(escapeHtml).join(' · ')}</small>`;
      return (
        `${heading}<tr${row.published === undefined ? '' : ' class="published"'}>` +
        `<th scope="row">${escapeHtml(row.name)}${below}</th>${shown
          .map((measure) => cell(row, measure, cells))
          .join('')}</tr>`
      );
    })
    .join('\n');
  const name = groupNames[group];
  const meanings = shown
    .map((measure) => `<div><dt>${escapeHtml(measure.name)}</dt><dd>${escapeHtml(measure.explained)}</dd></div>`)
    .join('');
  return `<h3>${name}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Results: ${name}"><table class="results">
<thead><tr><th scope="col">Row</th>${head}</tr></thead><tbody>
${body}
</tbody></table></div>
<dl class="meanings">${meanings}</dl>
${seedTable(results, shown, name)}`;
}

/** The tables of all rows, one for each group of measures, with what the columns mean below each. */
export function resultTables(results: EvaluationResults): string {
  const eachWord = results.dataSet.splits === undefined ? 'seeds' : 'splits';
  const cells: Cells = { results, best: bestValues(results), eachWord };
  const groups = Object.keys(groupNames) as Measure['group'][];
  const tables = groups.map((group, i) => groupTable(cells, group, i === 0)).filter((table) => table !== '');
  const source = results.rows.find(isReference)?.published?.source;
  const { splits } = results.dataSet;
  const loose = results.rows.some(({ figures }) => Object.values(figures).some((figure) => farApart(figure, splits)));
  const apart = !loose
    ? ''
    : ` Where ${eachWord} lie further apart than the choice of images explains, their least and their most are told.`;
  const italics = results.rows.some((row) => row.published !== undefined && !isReference(row))
    ? ' Rows in italics were published by others and not measured.'
    : '';
  return tables.length === 0
    ? '<p class="note">No row has a figure.</p>'
    : `${tables.join('\n')}
<p class="note">Small figures: 95 % intervals by bootstrap over the test images. They tell of the choice of images,
not of training.${apart}
Bold and marked: the best value that was measured here.${italics}${
        source === undefined ? '' : ` “ref.”: ${escapeHtml(source)}.`
      }</p>`;
}
