import { toStderr } from '../../node/notice.js';
import { basename, join, relative, resolve } from 'node:path';
import { expected, expectedInWords } from '../../errors.js';
import { ownVersion } from '../../node/packageRoot.js';
import { tooSmall, withoutCorrupt } from '../../node/datasets/readers/splits.js';
import type { ExperimentData } from '../../node/datasets/readers/splits.js';
import { startRuntime } from '../../node/runtime/startRuntime.js';
import { atomicWrite, makeRoomFor } from '../../node/storage/atomicWrite.js';
import { isJsonWith, refuseForeignFile } from '../../node/storage/ownFiles.js';
import { writeReport } from '../report/experimentReport.js';
import { isOwnPage } from '../report/page.js';
import type { ExperimentResults } from '../report/results.js';
import { readExperimentConfig } from './readConfig.js';
import type { ExperimentConfig } from './config.js';
import { commandOf, usualRecipe, withDataSet } from './datasetFlags.js';
import { openExperimentData } from './openData.js';
import { checkExperimentOptions, usualCache } from './options.js';
import type { ExperimentOptions, ImagesToMake } from './options.js';
import { planText } from './plan.js';
import { previewData } from './preview.js';
import { runSplits } from './run.js';
import { experimentResults } from './scores/results.js';
import type { Choice } from './outcome.js';
import { withChosenMethods } from './selectMethods.js';

/** What an experiment has found out, and the files that say it. */
export interface ExperimentRun {
  results: ExperimentResults;
  /** what was tried and chosen, by id of the method, one for each split */
  choices: Record<string, Choice[]>;
  /** the JSON file and the report */
  out: string;
  html: string;
}

interface Prepared {
  recipePath: string;
  /** the config with all its methods, and with those that run */
  recipe: ExperimentConfig;
  config: ExperimentConfig;
  data: ExperimentData;
  making?: ImagesToMake;
  imageRoot: string;
}

/** Reads config and data set; nothing is computed yet. */
async function prepare(options: ExperimentOptions, dryRun: boolean): Promise<Prepared> {
  checkExperimentOptions(options, dryRun ? 'planExperiment' : 'runExperiment');
  const { onProgress: tell, notice = toStderr, cache = usualCache } = options;
  if (options.config === undefined && options.data === undefined && options.maker === undefined) {
    throw expectedInWords('--data', 'the folder of a data set, or --config a file that says what to run', 'neither');
  }
  const recipePath = options.config ?? (await usualRecipe(options.data));
  const recipe = await withDataSet(
    await readExperimentConfig(recipePath, notice),
    options.data,
    options,
    options.config === undefined,
  );
  const { config, notice: leftOut } = withChosenMethods(recipe, options);
  const { making, ...opened } = await openExperimentData(options.data, config.dataSet, {
    ...options,
    cache,
    dryRun,
    tell,
  });
  const imageRoot = resolve(options.data ?? join(cache, 'scattered-objects'));
  const readable =
    options.skipCorrupt !== true || dryRun
      ? opened
      : await withoutCorrupt(opened, imageRoot, (done, total) =>
          tell?.('looking for images that cannot be read', done, total),
        );
  const data = leftOut === null ? readable : { ...readable, notices: [...readable.notices, leftOut] };
  data.notices.forEach(notice);
  return { recipePath, recipe, config, data, making, imageRoot };
}

/**
 * Says what `runExperiment` would do with the same options, with time and disk. The network and the heads run a few times
 * on nothing, so that times are those of this machine; nothing is written.
 *
 * @returns lines of text
 * @throws WeldonError as `runExperiment`
 */
export async function planExperiment(options: ExperimentOptions): Promise<string> {
  const { config, data, making } = await prepare(options, true);
  const { weights, jobs, backend = 'auto', cache = usualCache } = options;
  return planText(config, data, { weights, jobs, backend, cache, making });
}

/**
 * Compares methods on one data set: learning rates and epochs are chosen on a held-out part of the training images, the test
 * images are used once. Writes the results as JSON and a report with tables, intervals, paired tests, curves and maps. A
 * run that was stopped is gone on with; what is in the cache is not done again.
 *
 * @throws WeldonError for a config, data, weights or files that cannot be used
 *
 * @example
 * const { results, html } = await runExperiment({ data: 'images', splits: 5 });
 * results.methods.forEach(({ name, estimates }) => console.log(name, estimates.accuracy));
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentRun> {
  const started = Date.now();
  const { onProgress: tell = () => undefined, notice = toStderr, cache = usualCache } = options;
  const { recipePath, recipe, config, data, imageRoot } = await prepare(options, false);
  // Of one recipe there may be runs on several data sets.
  const runName =
    options.config === undefined && options.data !== undefined
      ? basename(resolve(options.data))
      : basename(recipePath, '.json');
  const out = resolve(options.out ?? join(cache, 'runs', `${runName}.json`));
  const html = resolve(options.html ?? join(cache, 'runs', `${runName}.html`));
  // Before hours of training rather than after them.
  for (const path of [out, html, join(cache, 'results', 'any')]) {
    await makeRoomFor(path);
  }
  if (out === html) {
    throw expected('html for runExperiment', 'another file than out', options.html);
  }
  await refuseForeignFile(out, (text) => isJsonWith(text, ['config', 'choices', 'results']));
  await refuseForeignFile(html, isOwnPage('experiment'));
  const { backend, engine, reason } = await startRuntime({ backend: options.backend });
  const engines = engine.isTensor ? backend : `${engine.name}, ${backend}`;
  notice(`${config.title}: ${data.name}, ${data.classes.length} classes, backend ${engines} (${reason})`);
  const task = {
    config,
    data,
    weights: options.weights,
    cache: resolve(cache),
    jobs: options.jobs,
    engine,
    made: {
      date: new Date().toISOString(),
      command: commandOf(options),
      version: ownVersion(),
      backend: engines,
      seconds: null,
      facts: [
        { name: 'backbone', value: `${config.backbone.name}, layer ${config.backbone.layer}` },
        { name: 'size', value: `${config.size} px, warped` },
        { name: 'seeds', value: config.protocol.seeds.join(', ') },
      ],
    },
    tell,
    pathOf: (path: string) => relative(imageRoot, path).replaceAll('\\', '/'),
    notice,
  };
  // Only where images are missing by permission: otherwise reading the data set has refused.
  const why = data.missing.length > 0 ? tooSmall(data) : null;
  const { results, choices } =
    why === null
      ? await experimentResults(task, await runSplits(task))
      : { results: await previewData(task, why), choices: {} };
  results.made.seconds = Math.round((Date.now() - started) / 1000);
  if (data.missing.length > 0) {
    results.dataSet.missing = [...data.missing];
  }
  await writeReport(results, { html, imageRoot });
  // Images' maps are in the page, and would be most of the file; where there is nothing else, they are the result.
  const { preview } = results.examples;
  const written = { ...results, examples: { worst: [], best: [], ...(preview === undefined ? {} : { preview }) } };
  await atomicWrite(out, `${JSON.stringify({ config: recipe, choices, results: written }, null, 1)}\n`);
  return { results, choices, out, html };
}
