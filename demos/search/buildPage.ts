/**
 * The search page with a collection that lies ready:
 *
 *   npm run search:page -- [--data DIR] [--out DIR] [--name NAME] [--serve]
 *
 * Without --data, the collection is of the 431 objects that `npm run search` searches. One's own folder has `catalogue/`
 * (images), perhaps `items.csv` (a path, then fields to filter by) and `queries/` (photos that the page offers to begin
 * with).
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { build, preview } from 'vite';
import { startRuntime, withProgress } from '../../src/index.node.js';
import { buildCollection } from './buildCollection.js';
import { makeObjects } from './makeObjects.js';
import { runProgram } from './runProgram.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, '.cache/search');
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));

/** Sample photos at most. */
const mostSamples = 8;
/** The first queries, whatever they find; the one that is shown first has its things well apart. */
const samplesOfObjects = ['003', '000', '001', '002', '004', '005', '006', '007'].map((number) => `${number}.jpg`);
const aboutObjects = 'Objects: Fluent emoji (Microsoft, MIT). Rooms: panoramas from Poly Haven (CC0).';

async function samplesOf(data: string): Promise<string[]> {
  const folder = join(data, 'queries');
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names
    .filter((name) => /\.(jpe?g|png|webp)$/i.test(name))
    .sort()
    .slice(0, mostSamples);
}

interface Flags {
  data?: string;
  out: string;
  name?: string;
  serve?: boolean;
}

async function run({ data, out, name, serve }: Flags): Promise<void> {
  const { engine, reason } = await startRuntime({});
  console.error(reason);
  const collection = join(cache, data === undefined ? 'collection' : 'own-collection');
  const { items } = await withProgress('after the images in hand', async (progress, signal) => {
    const folder = data === undefined ? join(cache, 'objects-0-120') : resolve(data);
    const show = (what: string, done: number, total: number) => progress.show(what, done, total);
    if (data === undefined) {
      await makeObjects(folder, { signal, onImage: (done, total) => show('images made', done, total) });
    }
    return buildCollection({
      data: folder,
      index: data === undefined ? join(folder, 'index') : join(cache, 'own-index'),
      out: collection,
      name: name ?? (data === undefined ? 'Objects' : 'My collection'),
      about: data === undefined ? aboutObjects : undefined,
      samples: data === undefined ? samplesOfObjects : await samplesOf(folder),
      engine,
      signal,
      notice: (sentence) => progress.say(sentence),
      onProgress: show,
    });
  });
  process.env.SEARCH_COLLECTION = collection;
  const outDir = resolve(out);
  await build({ configFile, build: { outDir }, logLevel: 'warn' });
  console.log(`${items} items, and the page: ${outDir} (static files: any server will do)`);
  if (serve === true) {
    const server = await preview({ configFile, build: { outDir }, logLevel: 'warn' });
    console.log(server.resolvedUrls?.local[0]);
    await new Promise(() => undefined);
  }
}

const program = new Command('npm run search:page --')
  .description('Builds the search page with a collection of objects, or of images of your own.')
  .option('--data <folder>', 'your own: catalogue/, perhaps items.csv and queries/ (default: made of what is here)')
  .option('--out <folder>', 'where the page goes', join(root, 'demos/search/dist'))
  .option('--name <name>', 'what the collection is called')
  .option('--serve', 'serve it afterwards')
  .action(run);
await runProgram(program);
