import { chanceText, differenceText, farApart, methodNames, valueText } from './format.js';
import type { ExperimentResults, Estimate, Metric, MethodResult } from './results.js';

const percent = (value: number | null) => valueText(value, 'share');

function cell(estimate: Estimate | undefined, reference: Estimate | undefined): string {
  if (estimate === undefined) {
    return reference === undefined ? '' : `– (${percent(reference.value)})`;
  }
  const interval = estimate.low === null ? '' : ` [${percent(estimate.low)}, ${percent(estimate.high)}]`;
  return `${percent(estimate.value)}${interval}${reference === undefined ? '' : ` (${percent(reference.value)})`}`;
}

const each = ({ estimates }: MethodResult, metric: string) => (estimates[metric]?.each ?? []).map(percent).join(', ');
const seedWord = ({ dataSet: { splits } }: ExperimentResults) => (splits === undefined ? 'seed' : 'split');

const groups: [Metric['group'], string][] = [
  ['recognition', 'method'],
  ['localisation', 'localisation'],
  ['faithfulness', 'faithfulness'],
];

/** One table for each kind of metrics, of the methods that have any of them. */
function tables(results: ExperimentResults): string[] {
  const references = new Map(
    results.methods
      .filter(({ strategy }) => strategy === 'reference')
      .map((method) => [method.id.replace(/-reference$/, ''), method]),
  );
  return groups.flatMap(([group, title], first) => {
    const shown = results.metrics.filter((metric) => metric.group === group && metric.id !== 'map07');
    const methods = results.methods.filter(
      ({ strategy, estimates }) => strategy !== 'reference' && shown.some(({ id }) => id in estimates),
    );
    if (methods.length === 0) {
      return [];
    }
    const line = (method: MethodResult) => {
      const name =
        method.published === undefined
          ? `${method.strategy}: ${method.name}`
          : `${method.name}, published: ${method.published.source}`;
      const estimates = shown.map(({ id }) => cell(method.estimates[id], references.get(method.id)?.estimates[id]));
      const chosen = first === 0 ? [each(method, shown[0].id), method.details.slice(1).join(', ')] : [];
      return `| ${[name, ...estimates, ...chosen].join(' | ')} |`;
    };
    const more = first === 0 ? [`${shown[0].name} by ${seedWord(results)}`, 'chosen'] : [];
    const head = [title, ...shown.map(({ name }) => name), ...more];
    return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...methods.map(line), ''];
  });
}

/** Methods whose seeds or splits lie far apart, with the estimates that do. */
function apart(results: ExperimentResults): string[] {
  const names = methodNames(results.methods);
  const { splits } = results.dataSet;
  const shown = results.metrics.filter(({ id }) => id !== 'map07');
  const methods = results.methods.flatMap((method) => {
    const loose = shown.filter(
      ({ id }) => method.estimates[id] !== undefined && farApart(method.estimates[id], splits),
    );
    return loose.length === 0
      ? []
      : [`- ${names.get(method.id)}: ${loose.map(({ id, name }) => `${name} ${each(method, id)}`).join('; ')}`];
  });
  const word = seedWord(results);
  return methods.length === 0
    ? []
    : [`By ${word}, where ${word}s lie further apart than the choice of images explains:`, '', ...methods, ''];
}

function comparisons(results: ExperimentResults): string[] {
  const names = methodNames(results.methods);
  const metric = (id: string) => results.metrics.find((one) => one.id === id)?.name ?? id;
  return results.comparisons.map(
    ({ method, against, metric: id, difference: { value, low, high }, p, test }) =>
      `- ${names.get(method)} against ${names.get(against)}, ${metric(id)}: ${differenceText(value, 'share')} ` +
      `[${percent(low)}, ${percent(high)}], p ${chanceText(p)} (${test})`,
  );
}

/** The command that makes the same numbers: engines differ in the last bits, so it names the run's own. */
function withEngine({ command, backend }: ExperimentResults['made']): string {
  return command.includes('--backend') ? command : `${command} --backend ${backend.split(/[ ,]/)[0]}`;
}

/**
 * The results of an experiment as a section of a Markdown page: tables of estimates with their intervals, those of reference
 * runs in brackets, and the comparisons.
 *
 * @param file the JSON file that holds the results, as the page links it
 */
export function experimentMarkdown(results: ExperimentResults, file: string): string {
  const { train, test, classes } = results.dataSet;
  const facts = results.made.facts.map(({ name, value }) => `${name} ${value}`).join('; ');
  return [
    `## ${results.title}`,
    '',
    `${train} images to train on, ${test} to test on, ${classes.length} classes; ${facts}; backend ` +
      `${results.made.backend}. [${file}](${file})`,
    '',
    `\`${withEngine(results.made)}\``,
    '',
    ...tables(results),
    ...apart(results),
    ...comparisons(results),
    '',
    ...results.notices.map((notice) => `${notice}.`),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd();
}
