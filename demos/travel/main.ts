/**
 * The small travel agency: tags, themes, profiles, ranking and attractivity on offers with free images and simulated
 * bookings, on one page.
 *
 *   npm run travel -- [--out travel] [--seed 1] [--samples 400] [--backend auto]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RuntimeBackend } from '../../src/index.node.js';

/** An option that does not exist or is out of range. */
class OptionError extends Error {}

const say = (text: string) => process.stderr.write(`${text}\n`);

function wholeNumber(name: string, word: string, least: number): number {
  const value = Number(word);
  if (!/^\d+$/.test(word) || !(value >= least && value < 2 ** 31)) {
    throw new OptionError(`Expected --${name} to be a whole number >= ${least} but received ${JSON.stringify(word)}`);
  }
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'travel' },
      seed: { type: 'string', default: '1' },
      samples: { type: 'string', default: '400' },
      backend: { type: 'string', default: 'auto' },
    },
  });
  const seed = wholeNumber('seed', values.seed, 0);
  const samples = wholeNumber('samples', values.samples, 1);
  const out = resolve(values.out);
  // Loaded once the options hold.
  const [{ recommendationPage, startRuntime }, { imageThemes }, { pageContent }, { simulateAgency }] =
    await Promise.all([
      import('../../src/index.node.js'),
      import('./chain.js'),
      import('./page.js'),
      import('./simulate.js'),
    ]);
  await mkdir(out, { recursive: true });
  const { engine } = await startRuntime({ backend: values.backend as 'auto' | RuntimeBackend });
  say(`tags of the free images on ${engine.name}`);
  const themes = await imageThemes(out, { engine, seed });
  say(`${themes.found.length} themes in their tags; a year of bookings`);
  const agency = simulateAgency({ seed, themes: themes.names, images: themes.images });
  say(`${agency.data.reservations.length} reservations; models, lists and attractivity`);
  const page = await recommendationPage(pageContent(agency, themes, { seed, samples }));
  const path = join(out, 'index.html');
  await writeFile(path, page);
  say(path);
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  if (!isUsage && !(error instanceof OptionError) && (error as Error).name !== 'WeldonError') {
    throw error;
  }
  say((error as Error).message);
  process.exit(isUsage || error instanceof OptionError ? 2 : 1);
}
// Backends may keep handles open (Dawn does); everything is written by now.
process.exit();
