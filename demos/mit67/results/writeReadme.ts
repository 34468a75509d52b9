/** Writes README.md beside the measured results: one table per run, with the reference figures beside ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atomicWrite } from '../../../src/node/files/atomicWrite.js';
import type { EvaluationResults, Figure, Measure, ResultRow } from '../report/results.js';
import type { Choice } from '../protocol/outcome.js';

interface Written {
  choices: Record<string, Choice[]>;
  results: EvaluationResults;
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const percent = (value: number | null) => (value === null ? '–' : (100 * value).toFixed(1));

function cell(figure: Figure | undefined, reference: Figure | undefined): string {
  if (figure === undefined) {
    return reference === undefined ? '' : `– (${percent(reference.value)})`;
  }
  const interval = figure.low === null ? '' : ` [${percent(figure.low)}, ${percent(figure.high)}]`;
  return `${percent(figure.value)}${interval}${reference === undefined ? '' : ` (${percent(reference.value)})`}`;
}

/** One seed that does not learn hides in a mean and is told by no interval. */
const bySeed = ({ figures }: ResultRow, measure: string) => (figures[measure]?.each ?? []).map(percent).join(', ');

const groups: [Measure['group'], string][] = [['recognition', 'row'], ['localisation', 'localisation'], ['faithfulness', 'faithfulness']];

/** One table for each kind of measures, of the rows that have any of them. */
function tables({ results }: Written): string[] {
  const references = new Map(results.rows.filter(({ strategy }) => strategy === 'reference')
    .map((row) => [row.id.replace(/-reference$/, ''), row]));
  return groups.flatMap(([group, title], first) => {
    const shown = results.measures.filter((measure) => measure.group === group && measure.id !== 'map07');
    const rows = results.rows.filter(({ strategy, figures }) => strategy !== 'reference' && shown.some(({ id }) => id in figures));
    if (rows.length === 0) {
      return [];
    }
    const line = (row: ResultRow) => {
      const name = row.published === undefined ? `${row.strategy}: ${row.name}` : `${row.name}, published: ${row.published.source}`;
      const figures = shown.map(({ id }) => cell(row.figures[id], references.get(row.id)?.figures[id]));
      return `| ${[name, ...figures, ...(first === 0 ? [bySeed(row, shown[0].id), row.details.slice(1).join(', ')] : [])].join(' | ')} |`;
    };
    const head = [title, ...shown.map(({ name }) => name), ...(first === 0 ? [`${shown[0].name} by ${results.dataSet.splits === undefined ? 'seed' : 'split'}`, 'chosen'] : [])];
    return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map(line), ''];
  });
}

function comparisons({ results }: Written): string[] {
  const nameOf = (id: string) => {
    const { strategy, name } = results.rows.find((row) => row.id === id) as ResultRow;
    return `${strategy} ${name}`;
  };
  const measure = (id: string) => results.measures.find((one) => one.id === id)?.name ?? id;
  return results.comparisons.map(({ row, against, measure: id, difference: { value, low, high }, p, test }) =>
    `- ${nameOf(row)} − ${nameOf(against)}, ${measure(id)}: ${percent(value)} [${percent(low)}, ${percent(high)}], ` +
    `p ${p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3)} (${test})`);
}

const runs = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
const parts = runs.flatMap((name) => {
  const written = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Written;
  const { results } = written;
  const { train, test } = results.dataSet;
  return [
    `## ${results.title}`, '',
    `${train} pictures to train on, ${test} to test on, ${results.dataSet.classes.length} classes; ` +
    `${results.made.facts.map((fact) => `${fact.name} ${fact.value}`).join('; ')}; backend ${results.made.backend}. ` +
    `[${name}](${name})`, '',
    `\`${results.made.command}\``, '',
    ...tables(written), '', ...comparisons(written), '',
    ...results.notices.map((notice) => `${notice}.`), '',
  ];
});
await atomicWrite(join(folder, 'README.md'), `${[
  '# Measured results', '',
  'Each JSON file holds a run\'s config, what was tried and chosen, and its results. Written by `npm run mit67`; the tables ' +
  'here by `npx tsx demos/mit67/results/writeReadme.ts`.', '',
  'Figures are percentages: the mean over seeds, [95 % bootstrap interval over test pictures], (reference: the same ' +
  'row trained with PyTorch on the same pictures). Learning rate, number of epochs and C were chosen on training pictures alone; ' +
  'intervals tell of the choice of test pictures, not of training. What the measures are stands in each JSON file, under `measures`.', '',
  ...parts,
].join('\n').replace(/\n{3,}/g, '\n\n').trimEnd()}\n`);
