import { Command, Option } from 'commander';
import { backendFlag, flag } from '../flags.js';
import { runProgram } from '../runProgram.js';
import type { ExperimentRun } from './experiment.js';
import { experimentOptions, namedDataSets, usualCache } from './options.js';
import type { ExperimentOptions } from './options.js';
import { toStdout } from '../../node/notice.js';
import { endProcess } from '../../node/workers/endProcess.js';
import { checkKeys } from '../../errors.js';

/** What a command line of one's own says in place of `weldon experiment`. */
export interface ExperimentDefaults extends Pick<ExperimentOptions, 'command' | 'maker'> {
  /** folder of the cache where `--cache` is not given */
  cache?: string;
}

interface ExperimentFlags extends ExperimentOptions {
  /** the old name of `methods` */
  rows?: string[];
  dryRun?: boolean;
  /** where this is the whole program */
  verbose?: boolean;
}

/** One line for each method, and where the rest stands. */
function closingText({ results, out, html }: ExperimentRun): string {
  const lines = results.methods.map(({ strategy, name, estimates, details }) => {
    const shown = Object.entries(estimates).map(([id, { value }]) => `${id} ${((value ?? NaN) * 100).toFixed(1)}`);
    return `${strategy.padEnd(12)} ${name.padEnd(28)} ${shown.join('  ')}  ${details.join(', ')}`;
  });
  const { missing = [] } = results.dataSet;
  return [
    ...lines,
    ...(missing.length === 0 ? [] : [`All ${missing.length} images that are not there are named in both files:`]),
    out,
    html,
    '',
  ].join('\n');
}

async function run(flags: ExperimentFlags, own: ExperimentDefaults): Promise<void> {
  const [{ planExperiment, runExperiment }, { progressLine }] = await Promise.all([
    import('./experiment.js'),
    import('../progress.js'),
  ]);
  const { show, say, stop } = progressLine();
  const { rows, dryRun, verbose: _, methods = rows, ...given } = flags;
  if (rows !== undefined) {
    say('--rows is named --methods now; the old name is still read');
  }
  const options: ExperimentOptions = { ...own, ...given, methods, onProgress: show, notice: say };
  // Everything on the disk is whole at any time.
  let isStopping = false;
  const onInterrupt = () => {
    if (isStopping) {
      return;
    }
    isStopping = true;
    stop();
    say('stopped; the same command goes on from there');
    void endProcess(130);
  };
  // Not `once`: while threads end, no listener but those of packages would be left, which end the process by the signal.
  process.on('SIGINT', onInterrupt);
  try {
    const text = dryRun === true ? `${await planExperiment(options)}\n` : closingText(await runExperiment(options));
    stop();
    toStdout(text);
  } finally {
    stop();
    process.off('SIGINT', onInterrupt);
  }
}

/** Arguments, options and action of `weldon experiment`. */
export function defineExperiment(command: Command, own: ExperimentDefaults = {}): void {
  const { command: name = 'weldon experiment', cache = usualCache, maker } = own;
  command
    .description(
      'Compares ways to use a network on one data set: WELDON pooling and others on frozen features, fine-tuned or from ' +
        'scratch. Rates and epochs are chosen on held-out training images, the test images are used once. Writes a JSON file and ' +
        'a report with tables, intervals, paired tests, curves and maps.',
    )
    .option(
      '--config <file>',
      `what to run; see demos/mit67/recipes (default: a recipe for --data${
        maker === undefined ? '' : '; without it, for images made for the purpose'
      })`,
    )
    .option('--data <folder>', 'the data set')
    .addOption(
      new Option(
        '--dataset <kind>',
        'what --data is (default: what --config says; without it, what the folder holds)',
      ).choices(namedDataSets),
    )
    .addOption(
      flag(experimentOptions.splits, '--splits <number>', 'random divisions of class folders into train and test'),
    )
    .option('--weights <folder>', 'a LayersModel to take as backbone (default: the EfficientNet-Lite0 of this package)')
    .option('--out <file>', 'where the results go, JSON (default: below --cache)')
    .option('--html <file>', 'where the report goes (default: below --cache)')
    .option('--cache <folder>', 'where features and results are cached', cache)
    .addOption(backendFlag().default('auto'))
    .addOption(
      flag(
        experimentOptions.jobs,
        '--jobs <number>',
        'threads that read images, compute features and train heads; 0: none but the first',
      ),
    )
    .option('--methods <ids...>', 'only these methods, and those that they are made from')
    .addOption(new Option('--rows <ids...>', 'the old name of --methods').hideHelp())
    .option('--full', 'run the methods too that the config leaves out for the time they take')
    .option('--allow-missing', 'go on without images that are listed but not there')
    .option('--allow-shared', 'go on where images are in train and in test under different names')
    .option('--skip-corrupt', 'go on without images that cannot be read, and count them in the report')
    .option('--dry-run', 'say what would be done, how long it takes about and how much disk it needs')
    .addHelpText(
      'after',
      `
Examples:
  ${name} --data images --dry-run        what it would do with one folder of images per class
  ${name} --data images --splits 5
  ${name} --config run.json --data MIT67 --weights vgg16`,
    )
    .action((flags: ExperimentFlags) => run(flags, { ...own, command: name }));
}

/**
 * `weldon experiment` as a command line of one's own, for programs that make the data set themselves.
 *
 * @param argv as `process.argv`
 */
export async function runExperimentCommand(argv: readonly string[], own: ExperimentDefaults = {}): Promise<void> {
  checkKeys(own, 'command maker cache', 'runExperimentCommand');
  const program = new Command('experiment').option('--verbose', 'print stack traces of errors');
  defineExperiment(program, own);
  await runProgram(program, argv);
}
