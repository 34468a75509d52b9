import type { Command } from 'commander';
import { relative } from 'node:path';
import { toStderr, toStdout } from '../../node/notice.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import type { DescriptorChoice } from '../../search/descriptors.js';
import { backendFlag, flag } from '../flags.js';
import { durationText } from '../report/format.js';
import type { IndexReport } from './bakery.js';
import { indexOptions } from './options.js';

interface IndexFlags {
  out?: string;
  store?: string;
  model?: string;
  pooling?: DescriptorChoice;
  size?: number;
  crops?: number;
  meta?: string;
  prune?: boolean;
  collection?: string;
  json?: boolean;
  backend: 'auto' | RuntimeBackend;
}

/** What a bake did, in one line. */
function inWords({ catalogue, items, seconds, embedded, refused, ...counts }: IndexReport): string {
  const parts = (['added', 'changed', 'renamed', 'gone', 'unchanged'] as const)
    .filter((name) => counts[name] > 0)
    .map((name) => `${counts[name]} ${name}`);
  const left = refused.length === 0 ? '' : `, ${refused.length} refused`;
  const pace = embedded === 0 ? '' : `, ${embedded} embedded in ${durationText(seconds)}`;
  return `${items} images: ${parts.join(', ')}${left}${pace}: ${catalogue}`;
}

async function runIndex(paths: string[], { json = false, backend, collection, ...flags }: IndexFlags): Promise<void> {
  const [{ startRuntime }, { withProgress }, { indexImages }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('../progress.js'),
    import('./indexImages.js'),
  ]);
  const { engine } = await startRuntime({ backend });
  const report = await withProgress('after the images in hand', (progress, signal) =>
    indexImages(paths, {
      ...flags,
      engine,
      signal,
      notice: (sentence) => progress.say(`weldon: ${sentence}`),
      onImages: (done, total) => progress.show('images', done, total),
    }),
  );
  if (collection !== undefined && report.stopped === 'finished') {
    const { writeCollection } = await import('./writeCollection.js');
    await withProgress('after the images in hand', (progress, signal) =>
      writeCollection({
        catalogue: flags.store ?? report.catalogue,
        out: collection,
        signal,
        notice: (sentence) => progress.say(`weldon: ${sentence}`),
        onImages: (done, total) => progress.show('thumbnails', done, total),
      }),
    );
    toStderr(collection);
  }
  report.refused.forEach(({ path, reason }) =>
    toStderr(`weldon: ${reason.includes(path) ? reason : `${relative('.', path)}: ${reason}`}`),
  );
  if (json) {
    toStdout(`${JSON.stringify(report)}\n`);
  }
  toStderr(`${inWords(report)}${report.stopped === 'aborted' ? ' (stopped; the same call goes on)' : ''}`);
  process.exitCode = report.stopped === 'aborted' ? 130 : report.refused.length > 0 ? 1 : 0;
}

/** Arguments, options and action of `weldon index`. */
export function defineIndex(command: Command): void {
  command
    .description(
      'Bakes a catalogue of images that weldon search finds things in. Called again, it looks at contents: only new and ' +
        'changed images go through the network, those whose files are gone are taken out. A bake that was stopped or killed ' +
        'goes on where it was.',
    )
    .argument('<images...>', 'images, and folders, which are searched with their subfolders')
    .option('--out <folder>', 'folder of the catalogue (default: catalogue)')
    .addOption(flag(indexOptions.store, '--store <url>', 'keep vectors on a server instead: postgres://…'))
    .option('--meta <file>', 'CSV file, one line an image: its path, and fields to filter by')
    .option('--collection <file.zip>', 'write it as a collection, too: what the search page opens, and weldon search')
    .addOption(
      flag(
        indexOptions.crops,
        '--crops <n>',
        'most active parts of an image that are embedded, too: for images that the items do not fill; 4 finds most',
      ),
    )
    .option('--prune', 'take out also what weldon serve was given (PUT); it stays otherwise')
    .option('--model <folder>', 'a TensorFlow.js LayersModel (default: EfficientNet-Lite0, or that of the catalogue)')
    .addOption(flag(indexOptions.pooling, '--pooling <name>', 'how features become a vector (default: gap)'))
    .addOption(flag(indexOptions.size, '--size <pixels>', 'side that images are embedded at (default: 224)'))
    .addOption(backendFlag().default('auto'))
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  weldon index photos --out catalogue
  weldon index photos more/*.jpg --meta items.csv --out catalogue`,
    )
    .action(runIndex);
}
