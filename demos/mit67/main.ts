/** The evaluation as a command: `npm run mit67 -- --config demos/mit67/recipes/… --data DIR`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { basename, join, relative, resolve } from 'node:path';
import { WeldonError } from '../../src/errors.js';
import { startRuntime } from '../../src/index.node.js';
import type { RuntimeBackend } from '../../src/index.node.js';
import { ownVersion, packageRoot } from '../../src/node/packageRoot.js';
import { atomicWrite, makeRoomFor } from '../../src/node/storage/atomicWrite.js';
import { writeReport } from '../../src/commands/report/index.js';
import { withoutCorrupt } from '../../src/node/datasets/readers/index.js';
import { withChosenMethods } from '../../src/commands/experiment/selectMethods.js';
import { commandOf, namedDataSets, usualRecipe, withDataSet } from '../../src/commands/experiment/datasetFlags.js';
import type { DataSetWords } from '../../src/commands/experiment/datasetFlags.js';
import { evaluate } from '../../src/commands/experiment/runExperiment.js';
import type { DataMaker } from '../../src/commands/experiment/openData.js';
import { openExperimentData } from '../../src/commands/experiment/openData.js';
import { previewData } from '../../src/commands/experiment/preview.js';
import { tooSmall } from '../../src/node/datasets/readers/splits.js';
import { planText } from '../../src/commands/experiment/plan.js';
import { readExperimentConfig } from '../../src/commands/experiment/config.js';
import { makeScatteredObjects, planScatteredObjects } from './scatteredObjects/index.js';
import { progressLine } from '../../src/commands/progress.js';
import type { Progress } from '../../src/commands/progress.js';

const scatteredObjects: DataMaker = {
  plan: (folder, { kind: _, ...options }) => planScatteredObjects(folder, options),
  make: (folder, { kind: _, ...options }, onImage) => makeScatteredObjects(folder, { ...options, onImage }),
};

interface MainOptions extends DataSetWords {
  config?: string;
  data?: string;
  weights?: string;
  out?: string;
  html?: string;
  cache: string;
  backend: 'auto' | RuntimeBackend;
  jobs?: number;
  methods?: string[];
  /** the old name of `methods` */
  rows?: string[];
  full?: boolean;
  dryRun?: boolean;
  verbose?: boolean;
  allowMissing?: boolean;
  allowShared?: boolean;
  skipCorrupt?: boolean;
}

function wholeNumber(word: string): number {
  const value = Number(word);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('It must be a whole number >= 0.');
  }
  return value;
}

function threads(word: string): number {
  const value = Number(word);
  if (!Number.isInteger(value) || value < 0 || value > 64) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 64.');
  }
  return value;
}

async function run({ rows, ...given }: MainOptions, { show: progress, say: notice, stop }: Progress): Promise<void> {
  const started = Date.now();
  const options: Omit<MainOptions, 'rows'> = { ...given, methods: given.methods ?? rows };
  if (rows !== undefined) {
    notice('--rows is named --methods now; the old name is still read');
  }
  const recipePath = options.config ?? (await usualRecipe(options.data));
  const recipe = await withDataSet(
    await readExperimentConfig(recipePath, notice),
    options.data,
    options,
    options.config === undefined,
  );
  const { config, notice: leftOut } = withChosenMethods(recipe, options);
  const opened = await openExperimentData(options.data, config.dataSet, {
    ...options,
    maker: scatteredObjects,
    tell: progress,
  });
  const imageRoot = resolve(options.data ?? join(options.cache, 'scattered-objects'));
  const readable =
    options.skipCorrupt !== true || options.dryRun === true
      ? opened
      : await withoutCorrupt(opened, imageRoot, (done, total) =>
          progress('looking for images that cannot be read', done, total),
        );
  const data = leftOut === null ? readable : { ...readable, notices: [...readable.notices, leftOut] };
  data.notices.forEach(notice);
  stop();
  if (options.dryRun === true) {
    process.stdout.write(`${await planText(config, data, { ...options, making: opened.making })}\n`);
    return;
  }
  // Of one recipe there may be runs on several data sets.
  const runName =
    options.config === undefined && options.data !== undefined
      ? basename(resolve(options.data))
      : basename(recipePath, '.json');
  const out = resolve(options.out ?? join(options.cache, 'runs', `${runName}.json`));
  const html = resolve(options.html ?? join(options.cache, 'runs', `${runName}.html`));
  // Before hours of training rather than after them.
  for (const path of [out, html, join(options.cache, 'results', 'any')]) {
    await makeRoomFor(path);
  }
  const { backend, reason } = await startRuntime({ backend: options.backend });
  notice(`${config.title}: ${data.name}, ${data.classes.length} classes, backend ${backend} (${reason})`);
  const settings = {
    config,
    data,
    weights: options.weights,
    cache: resolve(options.cache),
    jobs: options.jobs,
    made: {
      date: new Date().toISOString(),
      command: commandOf(options),
      version: ownVersion(),
      backend,
      seconds: null,
      facts: [
        { name: 'backbone', value: `${config.backbone.name}, layer ${config.backbone.layer}` },
        { name: 'size', value: `${config.size} px, warped` },
        { name: 'seeds', value: config.protocol.seeds.join(', ') },
      ],
    },
    tell: progress,
    pathOf: (path: string) => relative(imageRoot, path).replaceAll('\\', '/'),
    notice,
  };
  // Only where images are missing by permission: otherwise reading the data set has refused.
  const why = data.missing.length > 0 ? tooSmall(data) : null;
  const { results, choices } =
    why === null ? await evaluate(settings) : { results: await previewData(settings, why), choices: {} };
  stop();
  results.made.seconds = Math.round((Date.now() - started) / 1000);
  if (data.missing.length > 0) {
    results.dataSet.missing = [...data.missing];
  }
  await writeReport(results, { html, imageRoot });
  // Images' maps are in the page, and would be most of the file; where there is nothing else, they are the result.
  const { preview } = results.examples;
  const written = { ...results, examples: { worst: [], best: [], ...(preview === undefined ? {} : { preview }) } };
  await atomicWrite(out, `${JSON.stringify({ config: recipe, choices, results: written }, null, 1)}\n`);
  for (const method of results.methods) {
    const estimates = Object.entries(method.estimates).map(
      ([id, { value }]) => `${id} ${((value ?? NaN) * 100).toFixed(1)}`,
    );
    process.stdout.write(
      `${method.strategy.padEnd(12)} ${method.name.padEnd(28)} ${estimates.join('  ')}  ${method.details.join(', ')}\n`,
    );
  }
  if (data.missing.length > 0) {
    process.stdout.write(`All ${data.missing.length} images that are not there are named in both files:\n`);
  }
  process.stdout.write(`${out}\n${html}\n`);
}

const program = new Command('mit67')
  .description('WELDON against other ways to use a network, on scene-like data: tables, estimates and maps')
  .option(
    '--config <file>',
    'what to run; see demos/mit67/recipes. Default: a recipe for --data; without it, for images made for the purpose',
  )
  .option('--data <folder>', 'the data set')
  .addOption(
    new Option(
      '--dataset <kind>',
      'what --data is. Default: what --config says; without it, what the folder holds',
    ).choices(namedDataSets),
  )
  .option(
    '--splits <number>',
    'random divisions of class folders into train and test; estimates are their means',
    wholeNumber,
  )
  .option('--weights <folder>', 'a LayersModel to take as backbone; default: the EfficientNet-Lite0 of this package')
  .option('--out <file>', 'where the results go, JSON; default: below --cache')
  .option('--html <file>', 'where the report goes; default: below --cache')
  .option('--cache <folder>', 'where features and results are cached', join(packageRoot(), '.cache/mit67'))
  .option('--backend <name>', 'tensorflow, webgpu, wasm or cpu', 'auto')
  .option('--jobs <number>', 'threads that read images and compute features; 0: none but the first', threads)
  .option('--methods <ids...>', 'only these methods, and those that they are made from')
  .addOption(new Option('--rows <ids...>', 'the old name of --methods').hideHelp())
  .option('--full', 'runs the methods too that the recipe leaves out for the time they take')
  .option('--allow-missing', 'goes on without images that are listed but not there')
  .option('--allow-shared', 'goes on where images are in train and in test under different names')
  .option('--skip-corrupt', 'goes on without images that cannot be read, and counts them in the report')
  .option('--dry-run', 'says what would be done, how long it takes about and how much disk it needs')
  .option('--verbose', 'shows where an error comes from')
  .showHelpAfterError('All options: npm run mit67 -- --help');

program.parse();
const options = program.opts<MainOptions>();
const progress = progressLine();
run(options, progress).catch((error: unknown) => {
  progress.stop();
  process.stderr.write(
    `${
      error instanceof WeldonError && options.verbose !== true
        ? error.message
        : error instanceof Error
          ? error.stack
          : String(error)
    }\n`,
  );
  process.exitCode = 1;
});
