/**
 * The search, measured on what this package holds, or on one's own images:
 *
 *   npm run search -- [--data DIR] [--out DIR] [--seed N] [--queries N] [--backend NAME]
 *
 * Without --data, a catalogue of 431 objects and rooms with one of them each are made first. One's own folder has
 * `catalogue/` (images), `truth.csv` (query,relevant[,x0,y0,x1,y1], paths from the folder on) and perhaps `items.csv` (a
 * path, then fields to filter by).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { WeldonError } from '../../src/index.js';
import { evaluateSearch, indexImages, searchEvaluationText, startRuntime, withProgress } from '../../src/index.node.js';
import { makeObjects } from './makeObjects.js';
import { runProgram } from './runProgram.js';

interface Flags {
  data?: string;
  out?: string;
  seed: number;
  queries: number;
  backend: 'auto';
}

const cache = join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/search');

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new InvalidArgumentError(`Expected a whole number >= 0 but received ${text}`);
  }
  return Number(text);
}

async function run({ data, out, seed, queries, backend }: Flags): Promise<void> {
  const { engine, reason } = await startRuntime({ backend });
  console.error(reason);
  await withProgress('after the images in hand', async (progress, signal) => {
    const notice = (sentence: string) => progress.say(sentence);
    const folder = data ?? join(cache, `objects-${seed}-${queries}`);
    if (data === undefined) {
      const onImage = (done: number, total: number) => progress.show('images made', done, total);
      await makeObjects(folder, { seed, queries, signal, onImage });
    }
    const meta = join(folder, 'items.csv');
    const catalogue = join(out ?? (data === undefined ? folder : cache), 'index');
    const baked = await indexImages([join(folder, 'catalogue')], {
      out: catalogue,
      meta: existsSync(meta) ? meta : undefined,
      engine,
      signal,
      notice,
      onImages: (done, total) => progress.show('images baked', done, total),
    });
    baked.refused.forEach(({ path, reason }) => progress.say(`${path}: ${reason}`));
    if (signal.aborted) {
      throw new WeldonError('Stopped: the same command goes on');
    }
    const report = await evaluateSearch({
      catalogue,
      truth: join(folder, 'truth.csv'),
      out: join(catalogue, '..', 'page'),
      engine,
      signal,
      notice,
      onQueries: (done, total) => progress.show('queries', done, total),
    });
    progress.stop();
    console.log(searchEvaluationText(report));
    report.files.forEach((file) => console.error(file));
  });
}

const program = new Command('npm run search --')
  .description('Measures the search on objects in rooms, or on images of your own, and shows what it found.')
  .option('--data <folder>', 'your own: catalogue/, truth.csv, perhaps items.csv (default: made of what is here)')
  .option('--out <folder>', 'where the index and the page go (default: below .cache/search)')
  .option('--seed <n>', 'decides the queries that are made', wholeNumber, 0)
  .option('--queries <n>', 'queries that are made', wholeNumber, 120)
  .option('--backend <name>', 'where the network runs; see weldon info', 'auto')
  .action(run);
await runProgram(program);
