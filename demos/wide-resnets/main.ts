/**
 * Wide residual networks (Zagoruyko and Komodakis, BMVC 2016): what depth and width cost at equal parameters, beside the
 * published table.
 *
 *   npm run wide-resnets -- [--out DIR] [--rounds N]
 *
 * Without options it measures 46-1 : 10-3 and 76-1 : 10-4 at 32 pixels, forward and training step, on wasm and on native
 * TensorFlow where that is installed, and writes `costs.json` and `index.html`. The accuracy runs are recipes of
 * `weldon experiment`: see README.md beside this file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { startRuntime, withProgress } from '../../src/index.node.js';
import type { EngineCosts, PairCosts } from './costs.js';
import { measurePair, pairs } from './costs.js';
import { costsPage } from './page.js';

const engines = ['wasm', 'tensorflow'] as const;

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError(`Expected a whole number >= 1 but received ${text}`);
  }
  return Number(text);
}

async function run({ out, rounds }: { out: string; rounds: number }): Promise<void> {
  const results: EngineCosts[] = [];
  await withProgress('after the pair in hand', async (progress, signal) => {
    for (const engine of engines) {
      try {
        await startRuntime({ backend: engine });
      } catch (error) {
        results.push({ engine, left: (error as Error).message });
        continue;
      }
      const measured: PairCosts[] = [];
      for (const { deep, wide } of pairs) {
        if (signal.aborted) {
          return;
        }
        let done = 0;
        measured.push(
          await measurePair(deep, wide, rounds, () =>
            progress.show(`${engine}, WRN-${deep.join('-')} : WRN-${wide.join('-')}, rounds`, ++done, rounds + 1),
          ),
        );
      }
      results.push({ engine, pairs: measured });
    }
  });
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'costs.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(out, 'index.html'), costsPage(results));
  for (const result of results) {
    if ('left' in result) {
      console.log(`${result.engine}: not measured. ${result.left}`);
      continue;
    }
    result.pairs.forEach(({ deep, wide, forward, step }) =>
      console.log(
        `${result.engine}: WRN-${deep.size.join('-')} takes ${forward.median.toFixed(2)} times as long as ` +
          `WRN-${wide.size.join('-')} forward, ${step.median.toFixed(2)} times in a training step`,
      ),
    );
  }
  console.log(`The page: ${join(out, 'index.html')}`);
}

await new Command('wide-resnets')
  .option('--out <folder>', 'results', join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/wide-resnets'))
  .option('--rounds <n>', 'rounds, each network once in each', wholeNumber, 5)
  .action(run)
  .parseAsync();
