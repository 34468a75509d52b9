import { basename, dirname, join } from 'node:path';
import { classHeatmaps } from '../../heatmaps/classHeatmaps.js';
import type { ClassHeatmaps } from '../../heatmaps/classHeatmaps.js';
import { WeldonError } from '../../errors.js';
import { prepareHeatmapModel } from '../heatmap/heatmapModel.js';
import type { PreparedHeatmapModel } from '../heatmap/options.js';
import { computeFeatures } from '../../node/features/computeFeatures.js';
import { readForModel } from '../../node/images/readForModel.js';
import { openPass } from '../../node/runtime/frozenEngine.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import { diskFeatureStore } from '../../node/features/diskFeatureStore.js';
import type { Example, ExperimentResults } from '../report/results.js';
import type { ExperimentTask } from './options.js';
import { frozenGroups } from './methods/sharedFeatures.js';
import { rounded } from './cache/resultCache.js';

/** Classes of the network whose maps are shown for each image. */
const shown = 2;

function exampleOf(
  path: string,
  named: string,
  method: string,
  size: { width: number; height: number },
  read: ClassHeatmaps,
): Example {
  return {
    method,
    path,
    ...size,
    classes: [named],
    maps: read.classes[0].map(({ index, name }, i) => {
      const { rows, columns, data } = read.maps[0][i];
      return {
        className: name,
        role: 'own',
        probability: read.probabilities?.[0][index] ?? null,
        score: read.scores[0][index],
        rows,
        columns,
        values: rounded(data),
      };
    }),
  };
}

/** Maps of the classes that the network was trained for; none, with a notice, if it has no classes. */
async function ownClassMaps(
  { config, weights, pathOf, tell, notice, engine }: ExperimentTask,
  paths: readonly string[],
): Promise<Example[]> {
  const { input } = config.backbone;
  const recipe = { ...(input === undefined ? {} : { input }), resize: { rule: 'warp' as const, size: config.size } };
  let prepared: PreparedHeatmapModel;
  try {
    prepared = await prepareHeatmapModel({ model: weights, recipe });
  } catch (error) {
    notice(
      `There are no maps, for the network has no classes of its own that they could show (${(error as Error).message})`,
    );
    return [];
  }
  const found: Example[] = [];
  const { model, recipe: own, gradCam } = prepared;
  const pass =
    gradCam === undefined
      ? await openPass(engine, { model, outputs: ['scores', 'maps'], input: own.input }, notice)
      : null;
  try {
    for (const [i, path] of paths.entries()) {
      tell('maps', i, paths.length);
      const {
        image,
        input: { pixels: data, ...size },
      } = await readForModel(path, recipe.resize);
      const read = await classHeatmaps(
        prepared.model,
        { data, ...size },
        { prepared: true, recipe: prepared.recipe, top: shown, pass: pass ?? undefined },
      );
      found.push(
        exampleOf(
          pathOf(path),
          basename(dirname(path)),
          `${config.backbone.name}, its own classes`,
          { width: image.originalWidth, height: image.originalHeight },
          read,
        ),
      );
    }
    tell('maps', paths.length, paths.length);
  } finally {
    await pass?.dispose();
    prepared.dispose();
  }
  return found;
}

/**
 * What can be done with a data set that is too small to train and measure on: features of all images that are there, for
 * every layer and size of the run, and maps of the classes that the network itself knows.
 *
 * @throws WeldonError for images or weights that cannot be read, or a cache that cannot be written
 */
export async function previewData(options: ExperimentTask, why: string): Promise<ExperimentResults> {
  const { config, data, weights, cache, jobs, made, tell, notice, engine } = options;
  const [{ train, test }] = data.splits;
  const unlisted = data.unlisted ?? [];
  const paths = [...[...train.images, ...test.images].map(({ path }) => path), ...unlisted].sort();
  if (paths.length === 0) {
    throw new WeldonError(`${why}, so that there is nothing to do: check --data`);
  }
  notice(why);
  const notices = [...data.notices, why];
  const told = (sentence: string) => {
    notices.push(sentence);
    notice(sentence);
  };
  const store = diskFeatureStore(join(cache, 'features'), { notice });
  for (const { layer, size } of frozenGroups(config)) {
    const network = await openFrozenNetwork({
      folder: weights,
      layer,
      input: config.backbone.input,
      engine,
      threads: jobs,
      notice,
    });
    try {
      await computeFeatures(
        network.model,
        { name: data.name, classes: ['any'], multiLabel: false, images: paths.map((path) => ({ path, labels: [0] })) },
        {
          recipe: { input: network.input, resize: { rule: 'warp', size } },
          batchSize: 8,
          shuffle: null,
          layer,
          store,
          pass: network.pass,
          workers: jobs,
          onProgress: (done, total) => tell(`features at ${size} px, layer ${layer}`, done, total),
        },
      );
      told(`Features of ${paths.length} images at ${size} px, layer ${layer}, are stored below --cache, in features`);
    } finally {
      await network.dispose();
    }
  }
  const images = await ownClassMaps({ ...options, notice: told }, paths);
  return {
    version: 1,
    title: config.title,
    made,
    dataSet: {
      name: data.name,
      classes: [...data.classes],
      multiLabel: data.multiLabel,
      train: train.images.length,
      validation: 0,
      test: test.images.length,
      ...(data.terms === undefined ? {} : { terms: data.terms }),
    },
    metrics: [],
    methods: [],
    comparisons: [],
    sweeps: [],
    curves: [],
    examples: { worst: [], best: [], preview: images },
    notices,
  };
}
