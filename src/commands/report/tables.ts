import { html } from './html.js';
import type { Html, HtmlPart } from './html.js';
import { chanceText, differenceText, farApart, intervalText, methodNames, unitText, valueText } from './format.js';
import type { Comparison, Estimate, ExperimentResults, MethodResult, Metric } from './results.js';

interface Table {
  /** said for those who do not see the table */
  label: string;
  kind?: string;
  head: readonly { name: string; below?: string }[];
  rows: readonly Html[];
}

/** A table that scrolls by itself where it is wider than the page. */
export function table({ label, kind, head, rows }: Table): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="results${
    kind !== undefined && ` ${kind}`
  }">
<thead><tr>${head.map(
    ({ name, below }) => html`<th scope="col">${name}${below !== undefined && html`<small>${below}</small>`}</th>`,
  )}</tr></thead><tbody>
${rows.map(
  (row) => html`${row}
`,
)}</tbody></table></div>`;
}

/** The heading of the rows below it. */
function groupRow(columns: number, name: HtmlPart): Html {
  return html`<tr class="group"><th colspan="${columns}" scope="colgroup">${name}</th></tr>`;
}

/** Words with what they mean, as a list. */
export function definitions(kind: string, words: readonly (readonly [string, string])[]): Html {
  return html`<dl class="${kind}">${words.map(
    ([word, meaning]) => html`<div><dt>${word}</dt><dd>${meaning}</dd></div>`,
  )}</dl>`;
}

const meaningsOf = (words: readonly { name: string; explained: string }[]) =>
  definitions(
    'meanings',
    words.map(({ name, explained }) => [name, explained]),
  );

const several = ({ estimates }: MethodResult, { id }: Metric) => (estimates[id]?.each ?? []).length > 1;

/** The estimates of each seed, or split, of the methods that have several; closed at first, open on paper. */
function seedTable(results: ExperimentResults, metrics: readonly Metric[], group: string): HtmlPart {
  const shown = metrics.filter((metric) => results.methods.some((method) => several(method, metric)));
  const methods = results.methods.filter((method) => shown.some((metric) => several(method, metric)));
  const names = methodNames(results.methods);
  const title = `Estimates of each ${results.dataSet.splits === undefined ? 'seed' : 'split'}`;
  const cell = (method: MethodResult, metric: Metric) =>
    several(method, metric)
      ? method.estimates[metric.id].each!.map((value) => valueText(value, metric.unit)).join(', ')
      : '–';
  const rows = methods.map(
    (method) =>
      html`<tr><th scope="row">${names.get(method.id)}</th>${shown.map(
        (metric) => html`<td>${cell(method, metric)}</td>`,
      )}</tr>`,
  );
  const head = [{ name: 'Method' }, ...shown.map(({ name, unit }) => ({ name, below: unitText[unit] }))];
  return (
    rows.length > 0 &&
    html`<details class="each"><summary>${title}</summary>
${table({ label: `${group}: ${title.toLowerCase()}`, head, rows })}</details>`
  );
}

const groupNames: Record<Metric['group'], string> = {
  recognition: 'Recognition',
  localisation: 'Localisation',
  faithfulness: 'Faithfulness of the maps',
  cost: 'Cost',
};

/** Methods that repeat another one elsewhere stand in that one's cells, not in rows of their own. */
const isReference = ({ strategy }: MethodResult) => strategy === 'reference';

/** The best measured value of each metric, where two methods or more have one. */
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

/** What `each` of an estimate is of. */
const eachWord = ({ dataSet: { splits } }: ExperimentResults) => (splits === undefined ? 'seeds' : 'splits');

/** A value with its interval in small letters below, and what else is to be said of it. */
export function valueCell(
  { value, low, high }: Estimate,
  text: (value: number | null) => string,
  kind: string | false = false,
  below: HtmlPart = null,
): Html {
  const interval = low !== null && high !== null && html`<small>${text(low)} … ${text(high)}</small>`;
  return html`<td${kind !== false && html` class="${kind}"`}><b>${text(value)}</b>${interval}${below}</td>`;
}

function cell(method: MethodResult, { id, unit }: Metric, results: ExperimentResults, best: number | undefined): Html {
  const estimate = method.estimates[id];
  const reference = results.methods.find((other) => isReference(other) && other.id === `${method.id}-reference`);
  const repeated = reference?.estimates[id]?.value;
  const beside = repeated != null && html`<small>ref. ${valueText(repeated, unit)}</small>`;
  if (estimate === undefined || estimate.value === null) {
    return html`<td class="none">–${beside}</td>`;
  }
  const { each = [] } = estimate;
  const range = { value: null, low: Math.min(...each), high: Math.max(...each) };
  const apart =
    farApart(estimate, results.dataSet.splits) &&
    html`<small class="apart">${eachWord(results)} ${intervalText(range, unit)}</small>`;
  const isBest = method.published === undefined && best === estimate.value;
  return valueCell(estimate, (value) => valueText(value, unit), isBest && 'best', [apart, beside]);
}

/** One table of the metrics of a group; nothing where no method has any of them. */
function groupTable(results: ExperimentResults, group: Metric['group'], withDetails: boolean): HtmlPart {
  const metrics = results.metrics.filter((metric) => metric.group === group);
  // A method without an estimate is not dropped in silence.
  const has = ({ estimates }: MethodResult) =>
    metrics.some(({ id }) => estimates[id] !== undefined) || (withDetails && Object.keys(estimates).length === 0);
  const methods = results.methods.filter((method) => !isReference(method) && has(method));
  if (methods.length === 0) {
    return null;
  }
  const best = bestValues(results);
  const shown = metrics.filter(({ id }) => methods.some((method) => method.estimates[id] !== undefined));
  const head = shown.map(({ name, unit, better }) => ({
    name,
    below: [unitText[unit], better === 'lower' ? 'less is better' : ''].filter((part) => part !== '').join(', '),
  }));
  const rows = methods.map((method, i) => {
    const { name, strategy, published, details } = method;
    const below = [
      ...(withDetails ? details : []),
      ...(published === undefined ? [] : [`published: ${published.source}`]),
    ];
    return html`${strategy !== methods[i - 1]?.strategy && groupRow(shown.length + 1, strategy)}<tr${
      published !== undefined && html` class="published"`
    }><th scope="row">${name}${below.length > 0 && html`<small>${below.join(' · ')}</small>`}</th>${shown.map(
      (metric) => cell(method, metric, results, best.get(metric.id)),
    )}</tr>`;
  });
  const name = groupNames[group];
  return html`<h3>${name}</h3>
${table({ label: `Results: ${name}`, head: [{ name: 'Method' }, ...head], rows })}
${meaningsOf(shown)}
${seedTable(results, shown, name)}
`;
}

/** The tables of all methods, one for each group of metrics, with what the columns mean below each. */
export function resultTables(results: ExperimentResults): Html {
  const groups = Object.keys(groupNames) as Metric['group'][];
  const tables = groups.map((group, i) => groupTable(results, group, i === 0));
  if (tables.every((one) => one === null)) {
    return html`<p class="note">No method has an estimate.</p>`;
  }
  const { methods, dataSet } = results;
  const source = methods.find(isReference)?.published?.source;
  const loose = methods.some(({ estimates }) =>
    Object.values(estimates).some((estimate) => farApart(estimate, dataSet.splits)),
  );
  const notes = [
    'Small numbers: 95 % intervals by bootstrap over the test images. They tell of the choice of images, not of training.',
    loose &&
      `Where ${eachWord(results)} lie further apart than the choice of images explains, the least and the most are told.`,
    'Bold and marked: the best value that was measured here.',
    methods.some((method) => method.published !== undefined && !isReference(method)) &&
      'Methods in italics were published by others and not measured.',
    source !== undefined && `“ref.”: ${source}.`,
  ];
  return html`${tables}<p class="note">${notes.filter((note) => note !== false).join(' ')}</p>`;
}

/** Whether a difference is one, in a word; one whose interval holds 0 is called open. */
function verdict({ value, low, high }: Estimate, better: Metric['better']): HtmlPart {
  if (low === null || high === null) {
    return null;
  }
  if (low <= 0 && high >= 0) {
    return html`<span>open</span>`;
  }
  return (value ?? 0) > 0 === (better === 'higher')
    ? html`<span class="yes">better</span>`
    : html`<span class="no">worse</span>`;
}

/** Differences between methods, pair by pair. */
export function comparisonTable(results: ExperimentResults): Html {
  const { comparisons, methods, metrics, tests = [], dataSet } = results;
  const names = methodNames(methods);
  const nameOf = (id: string) => names.get(id) ?? id;
  const usual = comparisons[0].test;
  /** Whether an estimate of either method hangs on the training. */
  const loose = ({ method, against, metric }: Comparison) =>
    methods.some(
      ({ id, estimates }) =>
        (id === method || id === against) &&
        estimates[metric] !== undefined &&
        farApart(estimates[metric], dataSet.splits),
    );
  const line = (comparison: Comparison) => {
    const { metric: id, difference, p, test } = comparison;
    const { unit = 'share', better = 'higher', name = id } = metrics.find((each) => each.id === id) ?? {};
    const below = [
      test !== usual && html`<small>${test}</small>`,
      loose(comparison) && html`<small class="apart">${eachWord(results)} lie far apart</small>`,
    ];
    return html`<tr><th scope="row">${name}${below}</th>${valueCell(difference, (value) =>
      differenceText(value, unit),
    )}<td>${verdict(difference, better)}</td><td>${chanceText(p)}</td></tr>`;
  };
  const pairOf = ({ method, against }: Comparison) => JSON.stringify([method, against]);
  const rows = [...new Set(comparisons.map(pairOf))].flatMap((pair) => {
    const own = comparisons.filter((each) => pairOf(each) === pair);
    const heading = html`${nameOf(own[0].method)} <i>against</i> ${nameOf(own[0].against)}`;
    return [groupRow(4, heading), ...own.map(line)];
  });
  const head = ['Metric', 'Difference', 'Verdict', 'p'].map((name) => ({ name }));
  return html`${table({ label: 'Differences', kind: 'differences', head, rows })}
<p class="note">Shares in percentage points. Where nothing else is said: ${usual}. “Open”: the 95 % interval
holds 0.</p>${tests.length > 0 && meaningsOf(tests)}`;
}
