import { escapeHtml } from './html.js';
import { farApart, intervalText, methodNames, unitText, valueText } from './format.js';
import type { ExperimentResults, Metric, MethodResult } from './results.js';

const several = ({ estimates }: MethodResult, { id }: Metric) => (estimates[id]?.each ?? []).length > 1;

/** The figures of each seed, or split, of the rows that have several; closed at first, open on paper. */
export function seedTable(results: ExperimentResults, metrics: readonly Metric[], group: string): string {
  const shown = metrics.filter((metric) => results.methods.some((method) => several(method, metric)));
  const methods = results.methods.filter((method) => shown.some((metric) => several(method, metric)));
  if (methods.length === 0) {
    return '';
  }
  const names = methodNames(results.methods);
  const word = results.dataSet.splits === undefined ? 'seed' : 'split';
  const head = shown
    .map(({ name, unit }) => `<th scope="col">${escapeHtml(name)}<small>${unitText[unit]}</small></th>`)
    .join('');
  const cell = (method: MethodResult, metric: Metric) =>
    `<td>${
      several(method, metric)
        ? method.estimates[metric.id].each!.map((value) => valueText(value, metric.unit)).join(', ')
        : '–'
    }</td>`;
  const body = methods
    .map(
      (method) =>
        `<tr><th scope="row">${escapeHtml(names.get(method.id)!)}</th>${shown
          .map((metric) => cell(method, metric))
          .join('')}</tr>`,
    )
    .join('\n');
  return `<details class="each"><summary>Figures of each ${word}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${group}: figures of each ${word}"><table class="results">
<thead><tr><th scope="col">Row</th>${head}</tr></thead><tbody>
${body}
</tbody></table></div></details>`;
}

const groupNames: Record<Metric['group'], string> = {
  recognition: 'Recognition',
  localisation: 'Localisation',
  faithfulness: 'Faithfulness of the maps',
  cost: 'Cost',
};

/** Rows that repeat another one elsewhere stand in that row's cells, not in rows of their own. */
const isReference = ({ strategy }: MethodResult) => strategy === 'reference';

function referenceOf(method: MethodResult, methods: readonly MethodResult[]): MethodResult | undefined {
  return methods.find((other) => isReference(other) && other.id === `${method.id}-reference`);
}

/** The best measured value of each measure, where two rows or more have one. */
function bestValues({ metrics, methods }: ExperimentResults): Map<string, number> {
  return new Map(
    metrics.flatMap(({ id, better }): [string, number][] => {
      const values = methods
        .filter((method) => method.published === undefined)
        .map((method) => method.estimates[id]?.value)
        .filter((value) => value != null);
      return values.length < 2 ? [] : [[id, better === 'higher' ? Math.max(...values) : Math.min(...values)]];
    }),
  );
}

/** What the cells of a table go by. */
interface Cells {
  results: ExperimentResults;
  best: Map<string, number>;
  /** what figures are told one by one for */
  eachWord: 'seeds' | 'splits';
}

function cell(method: MethodResult, { id, unit, name }: Metric, { results, best, eachWord }: Cells): string {
  const estimate = method.estimates[id];
  const reference = referenceOf(method, results.methods)?.estimates[id];
  const beside = reference?.value == null ? '' : `<small>ref. ${valueText(reference.value, unit)}</small>`;
  if (estimate === undefined || estimate.value === null) {
    return `<td data-measure="${escapeHtml(name)}" class="none">–${beside}</td>`;
  }
  const interval = intervalText(estimate, unit);
  const { each = [] } = estimate;
  const apart = !farApart(estimate, results.dataSet.splits)
    ? ''
    : `<small class="apart">${eachWord} ${intervalText(
        { value: null, low: Math.min(...each), high: Math.max(...each) },
        unit,
      )}</small>`;
  const strong = method.published === undefined && best.get(id) === estimate.value;
  return (
    `<td data-measure="${escapeHtml(name)}"${strong ? ' class="best"' : ''}>` +
    `<b>${valueText(estimate.value, unit)}</b>${interval === '' ? '' : `<small>${interval}</small>`}` +
    `${apart}${beside}</td>`
  );
}

/** One table of the measures of a group; `''` where no row has any of them. */
function groupTable(cells: Cells, group: Metric['group'], withDetails: boolean): string {
  const { results } = cells;
  const metrics = results.metrics.filter((metric) => metric.group === group);
  // A row without a figure is not dropped in silence.
  const has = ({ estimates }: MethodResult) =>
    metrics.some(({ id }) => estimates[id] !== undefined) || (withDetails && Object.keys(estimates).length === 0);
  const methods = results.methods.filter((method) => !isReference(method) && has(method));
  if (methods.length === 0) {
    return '';
  }
  const shown = metrics.filter(({ id }) => methods.some((method) => method.estimates[id] !== undefined));
  const head = shown
    .map(({ name, unit, better }) => {
      const below = [unitText[unit], better === 'lower' ? 'less is better' : '']
        .filter((part) => part !== '')
        .join(', ');
      return `<th scope="col">${escapeHtml(name)}<small>${below}</small></th>`;
    })
    .join('');
  let strategy = '';
  const body = methods
    .map((method) => {
      const heading =
        method.strategy === strategy
          ? ''
          : `<tr class="group"><th colspan="${shown.length + 1}" scope="colgroup">${escapeHtml(method.strategy)}</th></tr>`;
      strategy = method.strategy;
      const source = method.published === undefined ? [] : [`published: ${method.published.source}`];
      const details = [...(withDetails ? method.details : []), ...source];
      const below = details.length === 0 ? '' : `<small>${details.map(escapeHtml).join(' · ')}</small>`;
      return (
        `${heading}<tr${method.published === undefined ? '' : ' class="published"'}>` +
        `<th scope="row">${escapeHtml(method.name)}${below}</th>${shown
          .map((metric) => cell(method, metric, cells))
          .join('')}</tr>`
      );
    })
    .join('\n');
  const name = groupNames[group];
  const meanings = shown
    .map((metric) => `<div><dt>${escapeHtml(metric.name)}</dt><dd>${escapeHtml(metric.explained)}</dd></div>`)
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
export function resultTables(results: ExperimentResults): string {
  const eachWord = results.dataSet.splits === undefined ? 'seeds' : 'splits';
  const cells: Cells = { results, best: bestValues(results), eachWord };
  const groups = Object.keys(groupNames) as Metric['group'][];
  const tables = groups.map((group, i) => groupTable(cells, group, i === 0)).filter((table) => table !== '');
  const source = results.methods.find(isReference)?.published?.source;
  const { splits } = results.dataSet;
  const loose = results.methods.some(({ estimates }) =>
    Object.values(estimates).some((estimate) => farApart(estimate, splits)),
  );
  const apart = !loose
    ? ''
    : ` Where ${eachWord} lie further apart than the choice of images explains, their least and their most are told.`;
  const italics = results.methods.some((method) => method.published !== undefined && !isReference(method))
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
