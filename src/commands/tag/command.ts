import type { Command } from 'commander';
import { resolve } from 'node:path';
import { toStderr, toStdout } from '../../node/notice.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { backendFlag, flag, maxMegapixelsFlag } from '../flags.js';
import type { TagFormat } from './options.js';
import { tagFormats, tagOptions } from './options.js';

interface TagFlags {
  model?: string[];
  embedded: boolean;
  top?: number;
  size?: number;
  recipe?: string;
  guard?: number;
  rules?: string;
  language?: string;
  least?: number;
  regions?: boolean;
  format: TagFormat[];
  out: string;
  copies?: string;
  undo?: boolean;
  backend: 'auto' | RuntimeBackend;
  maxMegapixels: number;
  json?: boolean;
}

const untilHere = 'after the images in hand';

const failures = (failed: readonly { image: string; error: string }[]) =>
  failed.forEach(({ error }) => toStderr(`weldon: ${error}`));

async function undo(paths: string[], { json }: TagFlags): Promise<void> {
  const [{ withProgress }, { undoTags }] = await Promise.all([import('../progress.js'), import('./sidecars.js')]);
  const { sidecars, failed } = await withProgress(untilHere, (progress, signal) =>
    undoTags(paths, { signal, onImages: (done, total, path) => progress.show('sidecars', done, total, path) }),
  );
  const refused = sidecars.filter(({ state }) => state === 'failed');
  failures([...failed, ...refused.map(({ path, error = '' }) => ({ image: path, error }))]);
  if (json) {
    toStdout(`${JSON.stringify({ sidecars, failed })}\n`);
  }
  const count = (state: string) => sidecars.filter((one) => one.state === state).length;
  toStderr(`tags taken back from ${count('written') + count('removed')} of ${sidecars.length} images`);
  process.exitCode = failed.length + refused.length > 0 ? 1 : 0;
}

async function runTag(paths: string[], flags: TagFlags): Promise<void> {
  if (flags.undo) {
    await undo(paths, flags);
    return;
  }
  const [{ startRuntime }, { withProgress }, { tagFiles }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('../progress.js'),
    import('./tagFiles.js'),
  ]);
  const { engine } = await startRuntime({ backend: flags.backend });
  const report = await withProgress(untilHere, (progress, signal) =>
    tagFiles(paths, {
      models: flags.model,
      embedded: flags.embedded,
      top: flags.top,
      size: flags.size,
      recipe: flags.recipe,
      guard: flags.guard,
      rules: flags.rules,
      language: flags.language,
      least: flags.least,
      regions: flags.regions,
      formats: flags.format,
      out: flags.out,
      copies: flags.copies,
      maxPixels: flags.maxMegapixels * 1e6,
      engine,
      signal,
      notice: (sentence) => progress.say(`weldon: ${sentence}`),
      onImages: (done, total, path) => progress.show('images', done, total, path),
    }),
  );
  const { images, failed, there, interrupted, sidecars, copies } = report;
  failures(failed);
  if (flags.json) {
    images.forEach((image) => toStdout(`${JSON.stringify(image)}\n`));
  }
  const tags = images.reduce((sum, image) => sum + image.tags.length, 0);
  const without = images.filter((image) => image.tags.length === 0).length;
  const written = sidecars.filter(({ state }) => state === 'written').length;
  const parts = [
    `${images.length} images, ${tags} tags`,
    ...(without > 0 ? [`${without} without a tag`] : []),
    ...(there > 0 ? [`${there} known already`] : []),
    ...(failed.length > 0 ? [`${failed.length} refused`] : []),
    ...(sidecars.length > 0 ? [`${written} sidecars written`] : []),
    ...(copies.length > 0 ? [`${copies.length} copies written`] : []),
    ...(interrupted ? ['stopped: the same command goes on'] : []),
  ];
  toStderr(`${parts.join(', ')} on ${engine.name}: ${resolve(flags.out)}`);
  process.exitCode = interrupted ? 130 : failed.length > 0 || images.length === 0 ? 1 : 0;
}

/** Arguments, options and action of `weldon tag`. */
export function defineTag(command: Command): void {
  command
    .description(
      'Gives images tags: the best classes of one or several networks, with their probability, the network that gave them and, ' +
        'if wanted, where in the image; a reason where there is none. Never more than --top.',
    )
    .argument('<images...>', 'images, and folders, which are searched with their subfolders')
    .optionsGroup('The networks:')
    .addOption(
      flag(
        tagOptions.models,
        '--model <folders>',
        'model folders or run folders of weldon train, separated by commas, beside the embedded EfficientNet-Lite0; ' +
          'those trained on its features share them',
      ),
    )
    .option('--no-embedded', 'without the embedded network and its 1000 ImageNet classes')
    .addOption(
      flag(
        tagOptions.size,
        '--size <pixels>',
        "side of the networks' input (default: the models'; for the embedded one 224, or that of a model on its features)",
      ),
    )
    .option('--recipe <file>', 'JSON file with what the models lack: input scaling, resize rule, class names')
    .addOption(
      flag(
        tagOptions.guard,
        '--guard <energy>',
        'ln Σ exp(score) below which an image is none for --model; a class "none" is a guard by itself',
      ),
    )
    .addOption(backendFlag().default('auto'))
    .optionsGroup('The tags:')
    .addOption(
      flag(tagOptions.top, '--top <n>', 'tags an image at most (default: 5 of the first network, and 2 of each other)'),
    )
    .addOption(flag(tagOptions.least, '--least <p>', 'probability that a tag needs, 0 to 1').default(0))
    .option('--regions', 'where in the image the evidence of each tag lies, and which tags lie on one object')
    .option('--rules <file>', 'JSON file: ignore, rename, parents, thresholds, languages')
    .option('--language <name>', 'one of the languages of the rules')
    .optionsGroup('Results:')
    .addOption(flag(tagOptions.out, '--out <folder>', 'folder for the results').default('tags'))
    .addOption(
      flag(
        tagOptions.formats,
        '--format <formats>',
        `some of ${tagFormats.join(', ')}, separated by commas; xmp: a sidecar name.jpg.xmp beside each image, in which the ` +
          'tags of others stay',
      ).default(['json'], 'json'),
    )
    .addOption(
      flag(
        tagOptions.copies,
        '--copies <folder>',
        'folder for copies of the images with their tags inside, as XMP; the images themselves stay as they are',
      ),
    )
    .option('--undo', 'take back the tags of weldon tag from the sidecars of these images, and do nothing else')
    .option('--json', 'print one JSON line per image')
    .optionsGroup('Other:')
    .addOption(maxMegapixelsFlag())
    .addHelpText(
      'after',
      `
Examples:
  weldon tag images --format json,html
  weldon tag images --model runs/scenes --regions --rules rules.json
  weldon tag images --format xmp          and back: weldon tag images --undo`,
    )
    .action(runTag);
}
