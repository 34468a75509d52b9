import type { Command } from 'commander';
import { toStderr, toStdout } from '../../node/notice.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { backendFlag, flag } from '../flags.js';
import { durationText } from '../report/format.js';
import type { BakeReport } from './bakeImages.js';
import type { BakeStatus } from './bakeStatus.js';
import type { BakeImagesOptions, CollectFormat } from './options.js';
import { bakeOptions, collectFormats, collectOptions } from './options.js';

interface BakeFlags extends Omit<BakeImagesOptions, 'engine' | 'signal' | 'notice' | 'onImages'> {
  out: string;
  backend?: 'auto' | RuntimeBackend;
  json?: boolean;
}

interface CollectFlags {
  to: string;
  format?: CollectFormat;
  partial?: boolean;
}

const untilHere = 'after the jobs in hand';

function tellBad({ bad, badImages, missing, missingImages }: BakeStatus): void {
  badImages.forEach(({ image, reason }) =>
    toStderr(`weldon: ${reason.includes(image) ? reason : `${image}: ${reason}`}`),
  );
  if (bad > badImages.length) {
    toStderr(
      `weldon: … and ${bad - badImages.length} more that cannot be read: weldon bake collect writes all of them`,
    );
  }
  if (missing > 0) {
    const more = missing > missingImages.length ? ` … and ${missing - missingImages.length} more` : '';
    toStderr(`weldon: still to be done: ${missingImages.join(', ')}${more}`);
  }
}

/** How a bake stands, in one line. */
function inWords({ images, rows, bad, missing, shards, foreign, damaged, task, out }: BakeStatus): string {
  const parts = [
    `${images} images: ${rows} with ${task}`,
    ...(bad > 0 ? [`${bad} that cannot be read`] : []),
    ...(missing > 0 ? [`${missing} to be done`] : []),
    `${shards} shards`,
    ...(damaged > 0 ? [`${damaged} damaged`] : []),
    ...(foreign > 0 ? [`${foreign} of another bake`] : []),
  ];
  return `${parts.join(', ')}: ${out}`;
}

function didInWords({ computed, found, seconds, stopped }: BakeReport): string {
  const did = computed === 0 ? [] : [`${computed} done in ${durationText(seconds)}`];
  const was = found === 0 ? [] : [`${found} were there`];
  const end = { finished: [], aborted: ['stopped; the same call goes on'], listed: ['only listed'] }[stopped];
  const all = [...did, ...was, ...end].join(', ');
  return all === '' ? '' : ` (${all})`;
}

async function runBake(sources: string[], { backend, json = false, ...flags }: BakeFlags): Promise<void> {
  const [{ startRuntime }, { withProgress }, { bakeImages, begunBackend }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('../progress.js'),
    import('./bakeImages.js'),
  ]);
  const { engine } = await startRuntime({ backend: backend ?? (await begunBackend(flags.out)) ?? 'auto' });
  const report = await withProgress(untilHere, (progress, signal) =>
    bakeImages(sources, {
      ...flags,
      // Nobody else sees it there; a list alone needs no workers.
      queue: flags.queue ?? process.env.WELDON_QUEUE,
      engine,
      signal,
      notice: (sentence) => progress.say(`weldon: ${sentence}`),
      onImages: (done, total) => progress.show('images', done, total),
    }),
  );
  tellBad(report.stopped === 'finished' ? report : { ...report, missing: 0 });
  report.failed.forEach(({ first, images, reason }) =>
    toStderr(`weldon: lines ${first + 1} to ${first + images} failed: ${reason}`),
  );
  if (json) {
    toStdout(`${JSON.stringify(report)}\n`);
  }
  toStderr(`${inWords(report)}${didInWords(report)}`);
  process.exitCode = report.stopped === 'aborted' ? 130 : report.missing > 0 && report.stopped === 'finished' ? 1 : 0;
}

async function runStatus(out: string, { check = false }: { check?: boolean }, command: Command): Promise<void> {
  // Of the outer command, which has an option of that name, too.
  const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
  const [{ withProgress }, { bakeStatus }] = await Promise.all([import('../progress.js'), import('./bakeStatus.js')]);
  const status = await withProgress('at once', (progress) =>
    bakeStatus(out, { check, onImages: (done, total) => progress.show('images', done, total) }),
  );
  tellBad(status);
  if (json) {
    toStdout(`${JSON.stringify(status)}\n`);
  }
  toStderr(inWords(status));
  process.exitCode = status.missing > 0 ? 1 : 0;
}

async function runCollect(out: string, flags: CollectFlags): Promise<void> {
  const [{ withProgress }, { collectBake }] = await Promise.all([import('../progress.js'), import('./collectBake.js')]);
  const { rows, bad, missing, files } = await withProgress('with nothing written', (progress, signal) =>
    collectBake(out, {
      ...flags,
      signal,
      notice: (sentence) => progress.say(`weldon: ${sentence}`),
      onImages: (done, total) => progress.show('images', done, total),
    }),
  );
  const left = missing > 0 ? `, ${missing} missing` : '';
  toStderr(`${rows} images, ${bad} that cannot be read${left}: ${files.join(', ')}`);
}

/** Arguments, options and actions of `weldon bake`. */
export function defineBake(command: Command): void {
  command
    .description(
      'Goes through any number of images and keeps what a network makes of each in shards. A shard is there as a whole or ' +
        'not at all; a bake that was stopped or killed goes on where it was. Images that cannot be read are kept with the ' +
        'reason.',
    )
    .argument(
      '[sources...]',
      'images, folders, s3://bucket/prefix, URLs, and lists of them (.txt, one a line); none, to go on with a bake',
    )
    .addOption(flag(bakeOptions.task, '--task <name>', 'features, embeddings, tags, scores or heatmaps'))
    .addOption(
      flag(bakeOptions.out, '--out <place>', 'folder or s3://bucket/prefix of the manifest and the shards').default(
        'bake',
      ),
    )
    .option('--list', 'write the manifest, and do nothing else')
    .addOption(flag(bakeOptions.chunk, '--chunk <n>', 'images of a job and its shard (default: 64)'))
    .addOption(flag(bakeOptions.workers, '--workers <n>', 'workers on this machine (default: as many as cores)'))
    .option('--queue <url>', 'redis://… or postgres://…, whose workers (weldon worker) do it (also: WELDON_QUEUE=…)')
    .addOption(
      flag(bakeOptions.requestsPerHost, '--requests-per-host <n>', 'requests a second to one host, of images by URL'),
    )
    .option('--allow-private-addresses', 'let URLs lead to this machine and its neighbours')
    .optionsGroup('What is made of an image:')
    .option('--model <folder>', 'a TensorFlow.js LayersModel, or a run of weldon train (default: EfficientNet-Lite0)')
    .option('--recipe <file>', 'JSON file with what the model lacks: input scaling, class names')
    .option('--layer <name>', 'whose output the features are (default: the last with places)')
    .addOption(flag(bakeOptions.size, '--size <pixels>', "side of the network's input (default: 224, or the model's)"))
    .addOption(flag(bakeOptions.resize, '--resize <rule>', 'warp or crop (default: warp)'))
    .addOption(
      flag(
        bakeOptions.dtype,
        '--dtype <name>',
        'float16 (default for features and heatmaps) or float32 (for the others)',
      ),
    )
    .addOption(
      flag(bakeOptions.pooling, '--pooling <name>', 'of embeddings: how features become a vector (default: gap)'),
    )
    .addOption(
      flag(bakeOptions.crops, '--crops <n>', 'of embeddings: active parts that are embedded, too (default: 0)'),
    )
    .addOption(flag(bakeOptions.top, '--top <n>', 'of tags and heatmaps: classes an image (default: 5)'))
    .addOption(flag(bakeOptions.maxBytes, '--max-bytes <n>', 'bytes of an image at most (default: 1 GiB)'))
    .addOption(backendFlag('where the network runs (default: auto, or as the bake was begun)'))
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  weldon bake photos --task embeddings --out bake
  weldon bake --out bake                        go on
  weldon bake status bake
  weldon bake collect bake --to vectors.parquet`,
    )
    .action(runBake);
  command
    .command('status')
    .usage('[options] <out>')
    .description('Tells how far a bake is, whoever works on it; exits 1 where images are to be done.')
    .argument('<out>', 'place of the bake')
    .option(
      '--check',
      'read all data; shards whose data were damaged are removed, so that the next bake makes them anew',
    )
    .option('--json', 'print the report as JSON')
    .action(runStatus);
  command
    .command('collect')
    .usage('[options] <out> --to <place>')
    .description(
      'Makes one file of the shards of a bake (.jsonl, .npy, .safetensors, .parquet), a catalogue that weldon search ' +
        'opens (--format catalogue), or a cache of features that weldon train and weldon experiment read (--format cache).',
    )
    .argument('<out>', 'place of the bake')
    .addOption(flag(collectOptions.to, '--to <place>', 'new file or folder').makeOptionMandatory())
    .addOption(
      flag(collectOptions.format, '--format <name>', `${collectFormats.join(', ')} (default: by the ending of --to)`),
    )
    .option('--partial', 'take what is there of a bake that is not finished')
    .action(runCollect);
}
