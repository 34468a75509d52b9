import { escapeHtml } from './html.js';
import { chanceText, differenceText, farApart, methodNames } from './format.js';
import type { Comparison, ExperimentResults } from './results.js';

const pairOf = ({ method, against }: Comparison) => JSON.stringify([method, against]);

/** @param sign −1 where less is better */
function verdict({ value, low, high }: Comparison['difference'], sign: number): string {
  if (low === null || high === null) {
    return '';
  }
  if (low <= 0 && high >= 0) {
    return '<span>open</span>';
  }
  return sign * (value ?? 0) > 0 ? '<span class="yes">better</span>' : '<span class="no">worse</span>';
}

/** Differences between rows, pair by pair; one whose interval holds 0 is called open. */
export function comparisonTable({ comparisons, methods, metrics, tests = [], dataSet }: ExperimentResults): string {
  if (comparisons.length === 0) {
    return '';
  }
  const names = methodNames(methods);
  const nameOf = (id: string) => escapeHtml(names.get(id) ?? id);
  const usual = comparisons[0].test;
  const eachWord = dataSet.splits === undefined ? 'seeds' : 'splits';
  /** Whether a figure of either row hangs on the training. */
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
    const { value, low, high } = difference;
    const interval =
      low === null || high === null
        ? ''
        : `<small>${differenceText(low, unit)} … ${differenceText(high, unit)}</small>`;
    const below = [
      ...(test === usual ? [] : [`<small>${escapeHtml(test)}</small>`]),
      ...(loose(comparison) ? [`<small class="apart">${eachWord} lie far apart</small>`] : []),
    ];
    return (
      `<tr><th scope="row">${escapeHtml(name)}${below.join('')}</th>` +
      `<td><b>${differenceText(value, unit)}</b>${interval}</td>` +
      `<td>${verdict(difference, better === 'lower' ? -1 : 1)}</td><td>${escapeHtml(chanceText(p))}</td></tr>`
    );
  };
  const pairs = [...new Set(comparisons.map(pairOf))].map((pair) =>
    comparisons.filter((each) => pairOf(each) === pair),
  );
  const body = pairs
    .map((pair) => {
      const heading = `${nameOf(pair[0].method)} <i>against</i> ${nameOf(pair[0].against)}`;
      return `<tr class="group"><th colspan="4" scope="colgroup">${heading}</th></tr>\n${pair.map(line).join('\n')}`;
    })
    .join('\n');
  const meanings =
    tests.length === 0
      ? ''
      : `<dl class="meanings">${tests
          .map(({ name, explained }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(explained)}</dd></div>`)
          .join('')}</dl>`;
  return `<section><h2>Differences on the same images</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Differences">
<table class="results differences"><thead><tr><th scope="col">Measure</th><th scope="col">Difference</th>
<th scope="col">Verdict</th><th scope="col">p</th></tr></thead><tbody>${body}</tbody></table></div>
<p class="note">Shares in percentage points. Where nothing else is said: ${escapeHtml(usual)}. “Open”: the 95 % interval
holds 0.</p>${meanings}</section>`;
}
