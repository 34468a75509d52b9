import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { relative } from 'node:path';
import { evaluateModel, evaluationText } from './index.js';
import { atomicWrite } from '../../node/storage/atomicWrite.js';
import type { RuntimeBackend } from '../../node/runtime/backendStarters.js';
import { runtimeBackends, startRuntime } from '../../node/runtime/startRuntime.js';
import { count, share } from '../flags.js';
import { commandProgress } from '../progress.js';

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

function countOrNone(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < 0) {
    throw new InvalidArgumentError('Expected a whole number >= 0.');
  }
  return number;
}

async function runEvaluate(model: string, given: string, flags: EvaluateFlags): Promise<void> {
  await startRuntime({ backend: flags.backend });
  const progress = commandProgress('images');
  const { images, size, recipe, batchSize, threshold, worst } = flags;
  let shown = 0;
  try {
    const report = await evaluateModel({
      model,
      data: given,
      images,
      size,
      recipe,
      batchSize,
      threshold,
      worst,
      onStart: (total) => progress.start(total),
      onImages: (done, path) => {
        for (; shown < done; shown++) {
          progress.step(relative('.', path));
        }
      },
    });
    progress.stop();
    const text = `${JSON.stringify(report, null, 2)}\n`;
    if (flags.out !== undefined) {
      await atomicWrite(flags.out, text);
    }
    process.stdout.write(flags.json ? text : evaluationText(report));
    if (flags.out !== undefined) {
      process.stderr.write(`${flags.out}\n`);
    }
  } finally {
    progress.stop();
  }
}

/** Adds `weldon evaluate` to a program. */
export function addEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .summary('how often a model is right, on labelled images')
    .description(
      'Measures a model on labelled given: accuracy and mean-class accuracy, or mAP where given have several classes, with ' +
        '95 % intervals; class by class; what is taken for what; and the images that went wrong most clearly.',
    )
    .argument('<model>', 'a run folder, a model folder or its model.json')
    .argument('<given>', 'a folder with one folder of given per class, or a CSV file of labels')
    .option('--out <file>', 'write the report as JSON')
    .option('--json', 'print the report as JSON')
    .option('--images <folder>', 'where the paths in a CSV file start (default: beside it)')
    .option('--recipe <file>', 'JSON with what the model does not say: class names, input scaling, resize rule')
    .option('--size <pixels>', "side of the network's input (default: what the model says)", count)
    .option('--batch-size <n>', 'images at once', count, 16)
    .option(
      '--threshold <p>',
      'probability from which on a class counts as found, where given have several',
      share,
      0.5,
    )
    .option('--worst <n>', 'images in the report that went wrong', countOrNone, 20)
    .addOption(new Option('--backend <name>', 'where to compute').choices(['auto', ...runtimeBackends]).default('auto'))
    .addHelpText(
      'after',
      `
Examples:
  weldon evaluate runs/given given/test
  weldon evaluate models/resnet50 labels.csv --out report.json`,
    )
    .action(runEvaluate);
}
