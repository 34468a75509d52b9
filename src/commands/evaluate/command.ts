import type { Command } from 'commander';
import { relative, resolve } from 'node:path';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { backendFlag, flag } from '../flags.js';
import { text } from '../checkOptions.js';
import { evaluateOptions } from './options.js';
import { toStderr, toStdout } from '../../node/notice.js';

interface EvaluateFlags {
  images?: string;
  size?: number;
  recipe?: string;
  batchSize: number;
  threshold: number;
  worst: number;
  out?: string;
  json?: boolean;
  backend: 'auto' | RuntimeBackend;
}

async function runEvaluate(model: string, data: string, flags: EvaluateFlags): Promise<void> {
  const [
    { startRuntime },
    { atomicWrite, makeRoomFor },
    { isJsonWith, refuseForeignFile },
    { progressLine },
    { evaluateModel },
    { evaluationText },
  ] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('../../node/storage/atomicWrite.js'),
    import('../../node/storage/ownFiles.js'),
    import('../progress.js'),
    import('./evaluateModel.js'),
    import('./evaluationText.js'),
  ]);
  if (flags.out !== undefined) {
    // Before the network runs rather than after it.
    await makeRoomFor(resolve(flags.out));
    await refuseForeignFile(flags.out, (held) => isJsonWith(held, ['model', 'data', 'images', 'perClass', 'worst']));
  }
  const { engine } = await startRuntime({ backend: flags.backend });
  const progress = progressLine();
  const { images, size, recipe, batchSize, threshold, worst } = flags;
  let total = 0;
  try {
    const report = await evaluateModel({
      model,
      data,
      images,
      size,
      recipe,
      batchSize,
      threshold,
      worst,
      engine,
      onStart: (count) => {
        total = count;
      },
      onImages: (done, path) => progress.show('images', done, total, relative('.', path)),
    });
    progress.stop();
    const json = `${JSON.stringify(report, null, 2)}\n`;
    if (flags.out !== undefined) {
      await atomicWrite(flags.out, json);
    }
    toStdout(flags.json ? json : evaluationText(report));
    if (flags.out !== undefined) {
      toStderr(flags.out);
    }
  } finally {
    progress.stop();
  }
}

/** Arguments, options and action of `weldon evaluate`. */
export function defineEvaluate(command: Command): void {
  command
    .description(
      'Measures a model on labelled images: accuracy and mean-class accuracy, or mAP where images have several classes, with ' +
        '95 % intervals; each class; the confusion matrix; and the images that are most clearly wrong.',
    )
    .argument('<model>', 'a run folder, a model folder or its model.json')
    .argument('<images>', 'a folder with one folder of images per class, or a CSV file of labels')
    .addOption(flag(text(), '--out <file>', 'write the report as JSON'))
    .option('--json', 'print the report as JSON')
    .option('--images <folder>', "folder that the paths in a CSV file start from (default: the file's own)")
    .option('--recipe <file>', 'JSON file with what the model lacks: class names, input scaling, resize rule')
    .addOption(flag(evaluateOptions.size, '--size <pixels>', "side of the network's input (default: the model's)"))
    .addOption(flag(evaluateOptions.batchSize, '--batch-size <n>', 'images per batch').default(16))
    .addOption(
      flag(
        evaluateOptions.threshold,
        '--threshold <p>',
        'probability from which a class counts as found, where images have several',
      ).default(0.5),
    )
    .addOption(flag(evaluateOptions.worst, '--worst <n>', 'number of wrong images in the report').default(20))
    .addOption(backendFlag().default('auto'))
    .addHelpText(
      'after',
      `
Examples:
  weldon evaluate runs/images images/test
  weldon evaluate models/resnet50 labels.csv --out report.json`,
    )
    .action(runEvaluate);
}
