import { chanceText, differenceText, farApart, rowNames, valueText } from '../../../src/commands/report/format.js';
import type { EvaluationResults, Figure, Measure, ResultRow } from '../../../src/commands/report/results.js';

/** What is read of the file that a run writes. */
export interface Written {
  results: EvaluationResults;
}

const percent = (value: number | null) => valueText(value, 'share');

function cell(figure: Figure | undefined, reference: Figure | undefined): string {
  if (figure === undefined) {
    return reference === undefined ? '' : `– (${percent(reference.value)})`;
  }
  const interval = figure.low === null ? '' : ` [${percent(figure.low)}, ${percent(figure.high)}]`;
  return `${percent(figure.value)}${interval}${reference === undefined ? '' : ` (${percent(reference.value)})`}`;
}

const each = ({ figures }: ResultRow, measure: string) => (figures[measure]?.each ?? []).map(percent).join(', ');
const seedWord = ({ dataSet: { splits } }: EvaluationResults) => (splits === undefined ? 'seed' : 'split');

const groups: [Measure['group'], string][] = [
  ['recognition', 'row'],
  ['localisation', 'localisation'],
  ['faithfulness', 'faithfulness'],
];

/** One table for each kind of measures, of the rows that have any of them. */
function tables(results: EvaluationResults): string[] {
  const references = new Map(
    results.rows
      .filter(({ strategy }) => strategy === 'reference')
      .map((row) => [row.id.replace(/-reference$/, ''), row]),
  );
  return groups.flatMap(([group, title], first) => {
    const shown = results.measures.filter((measure) => measure.group === group && measure.id !== 'map07');
    const rows = results.rows.filter(
      ({ strategy, figures }) => strategy !== 'reference' && shown.some(({ id }) => id in figures),
    );
    if (rows.length === 0) {
      return [];
    }
    const line = (row: ResultRow) => {
      const name =
        row.published === undefined
          ? `${row.strategy}: ${row.name}`
          : `${row.name}, published: ${row.published.source}`;
      const figures = shown.map(({ id }) => cell(row.figures[id], references.get(row.id)?.figures[id]));
      const chosen = first === 0 ? [each(row, shown[0].id), row.details.slice(1).join(', ')] : [];
      return `| ${[name, ...figures, ...chosen].join(' | ')} |`;
    };
    const more = first === 0 ? [`${shown[0].name} by ${seedWord(results)}`, 'chosen'] : [];
    const head = [title, ...shown.map(({ name }) => name), ...more];
    return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map(line), ''];
  });
}

/** Rows whose seeds or splits lie far apart, with the figures that do. */
function apart(results: EvaluationResults): string[] {
  const names = rowNames(results.rows);
  const { splits } = results.dataSet;
  const shown = results.measures.filter(({ id }) => id !== 'map07');
  const rows = results.rows.flatMap((row) => {
    const loose = shown.filter(({ id }) => row.figures[id] !== undefined && farApart(row.figures[id], splits));
    return loose.length === 0
      ? []
      : [`- ${names.get(row.id)}: ${loose.map(({ id, name }) => `${name} ${each(row, id)}`).join('; ')}`];
  });
  const word = seedWord(results);
  return rows.length === 0
    ? []
    : [`By ${word}, where ${word}s lie further apart than the choice of images explains:`, '', ...rows, ''];
}

function comparisons(results: EvaluationResults): string[] {
  const names = rowNames(results.rows);
  const measure = (id: string) => results.measures.find((one) => one.id === id)?.name ?? id;
  return results.comparisons.map(
    ({ row, against, measure: id, difference: { value, low, high }, p, test }) =>
      `- ${names.get(row)} against ${names.get(against)}, ${measure(id)}: ${differenceText(value, 'share')} ` +
      `[${percent(low)}, ${percent(high)}], p ${chanceText(p)} (${test})`,
  );
}

/** The results of a run, as a section of a Markdown page. */
function runSection(file: string, { results }: Written): string[] {
  const { train, test, classes } = results.dataSet;
  const facts = results.made.facts.map(({ name, value }) => `${name} ${value}`).join('; ');
  return [
    `## ${results.title}`,
    '',
    `${train} images to train on, ${test} to test on, ${classes.length} classes; ${facts}; backend ` +
      `${results.made.backend}. [${file}](${file})`,
    '',
    `\`${results.made.command}\``,
    '',
    ...tables(results),
    ...apart(results),
    ...comparisons(results),
    '',
    ...results.notices.map((notice) => `${notice}.`),
    '',
  ];
}

/** The page beside the measured results: one table per run, with the reference figures beside ours. */
export function readmeText(runs: readonly { file: string; written: Written }[]): string {
  return `${[
    '# Measured results',
    '',
    "Each JSON file holds a run's config, what was tried and chosen, and its results. Written by `npm run mit67`; " +
      'the tables here by `npx tsx demos/mit67/results/writeReadme.ts`.',
    '',
    'Figures are percentages: the mean over seeds, [95 % bootstrap interval over test images], (reference: the ' +
      'same row trained with PyTorch on the same images). Learning rate, number of epochs and C were chosen on training ' +
      'images alone; intervals tell of the choice of test images, not of training. What the measures are stands ' +
      'in each JSON file, under `measures`.',
    '',
    ...runs.flatMap(({ file, written }) => runSection(file, written)),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}
