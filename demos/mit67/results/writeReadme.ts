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

/** Columns that a README has room for. */
function columns({ measures }: EvaluationResults): Measure[] {
  return measures.filter(({ id }) => id !== 'map07');
}

function table({ results }: Written): string[] {
  const shown = columns(results);
  const references = new Map(results.rows.filter(({ strategy }) => strategy === 'reference')
    .map((row) => [row.id.replace(/-reference$/, ''), row]));
  const line = (row: ResultRow) => `| ${row.strategy}: ${row.name} | ${shown.map(({ id }) =>
    cell(row.figures[id], references.get(row.id)?.figures[id])).join(' | ')} | ${row.details.slice(1).join(', ')} |`;
  return [
    `| row | ${shown.map(({ name }) => name).join(' | ')} | chosen |`, `|---|${shown.map(() => '---').join('|')}|---|`,
    ...results.rows.filter(({ strategy }) => strategy !== 'reference').map((row) => (row.published === undefined ? line(row)
      : `| ${row.name}, published: ${row.published.source} | ${shown.map(({ id }) => cell(row.figures[id], undefined)).join(' | ')} | |`)),
  ];
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
    ...table(written), '', ...comparisons(written), '',
    ...results.notices.map((notice) => `${notice}.`), '',
  ];
});
await atomicWrite(join(folder, 'README.md'), `${[
  '# Measured results', '',
  'Each JSON file holds a run\'s config, what was tried and chosen, and its results. Written by `npm run mit67`; the tables ' +
  'here by `npx tsx demos/mit67/results/writeReadme.ts`.', '',
  'Figures are percentages: the mean over seeds, [95 % bootstrap interval over test pictures], (reference: the same ' +
  'row trained with PyTorch on the same pictures). Learning rate, number of epochs and C were chosen on training pictures alone; ' +
  'intervals tell of the choice of test pictures, not of training.', '',
  ...parts,
].join('\n').replace(/\n{3,}/g, '\n\n').trimEnd()}\n`);
