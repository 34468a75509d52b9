import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { basename, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { ChannelStatistics } from '../../layers/index.js';
import { attachWeldon } from '../../models/attachWeldon.js';
import { findStep, layerGraph } from '../../models/layerGraph.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { ownVersion } from '../../node/packageRoot.js';
import { disposeModel } from '../../node/models/loadModel.js';
import { drawInitialWeights } from '../../backbones/weights/initialWeights.js';
import type { ResolvedTrainOptions } from './resolveOptions.js';
import { activationFor, resolveTrainOptions } from './resolveOptions.js';
import type { RunConfig } from './runFolder.js';
import { checkSameRun, readRun, runFolderOf, runPaths } from './runFolder.js';
import { lockRun, refuseLocked } from '../../node/storage/lock.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { keepsFeatures, runTraining } from './runTraining.js';
import type { TrainedRun, TrainEvent } from './events.js';
import type { TrainingBackbone } from './backbone.js';
import { openBackbone } from './backbone.js';
import type { TrainingBatches } from './trainingBatches.js';
import { planImages, trainingBatches } from './trainingBatches.js';
import type { TrainingSet } from './trainingSet.js';
import { nameOfData, readTrainingSet } from './trainingSet.js';
import * as check from '../checkOptions.js';
import { trainSchema } from './options.js';
import type { TrainOptions } from './options.js';

export interface TrainModelOptions extends TrainOptions {
  /** Takes what is not given from the run in the folder, if there is one, rather than from the defaults. Default false. */
  resume?: boolean;
  /** Stops after the step in hand, with a checkpoint. */
  /** Where the frozen part runs; see `startRuntime`. Default: the active backend, which trains in any case. */
  engine?: FrozenEngine;
  signal?: AbortSignal;
  onEvent?: (event: TrainEvent) => void;
}

const schema = trainSchema.extend({
  resume: check.yesOrNo().optional(),
  engine: check.engine().optional(),
  signal: check.abortSignal().optional(),
  onEvent: check.callback<(event: TrainEvent) => void>().optional(),
});

/** The head on the backbone, its initial weights drawn by the seed. */
function withHead(
  backbone: TrainingBackbone,
  options: ResolvedTrainOptions,
  classes: readonly string[],
  statistics?: ChannelStatistics,
): tfl.LayersModel {
  const { size, resize, seed, pooling, kMax, kMin, alpha, reduction, maps, normalize, dropMap, dropout, layer, loss } =
    options;
  const { name } = backbone;
  // What the backbone does with its own class maps and scores says nothing about the new ones.
  const { pooling: _, activation: __, ...recipe } = backbone.recipe;
  return attachWeldon(backbone.model, {
    classes,
    layer,
    pooling,
    kMax,
    kMin,
    alpha,
    reduction,
    maps,
    dropMap,
    dropout,
    seed,
    activation: activationFor(loss),
    normalize: normalize === 'channels' ? (statistics ?? 'none') : normalize,
    recipe: {
      ...recipe,
      name: basename(resolve(options.out)),
      classNames: [...classes],
      resize: { rule: resize, size },
      source: `${options.strategy} by weldon train on ${nameOfData(options.data)}, from ${recipe.source ?? name}`,
    },
  });
}

function configOf(
  options: ResolvedTrainOptions,
  set: TrainingSet,
  backbone: TrainingBackbone,
  parameters: number,
  engine: string | undefined,
): RunConfig {
  const { train, validation, fingerprint } = set;
  const config: RunConfig = {
    weldonRun: 1,
    options,
    data: {
      name: nameOfData(options.data),
      classes: [...train.classes],
      multiLabel: train.multiLabel,
      train: train.images.length,
      validation: validation?.images.length ?? 0,
      fingerprint,
    },
    backbone: { name: backbone.name, parameters, source: backbone.recipe.source, license: backbone.recipe.license },
    backend: tf.getBackend(),
    engine,
    versions: { 'tfjs-weldon': ownVersion(), 'tfjs-core': tf.version_core, node: process.versions.node },
    begun: new Date().toISOString(),
  };
  // As it will be read again: without what is undefined.
  return JSON.parse(JSON.stringify(config)) as RunConfig;
}

/**
 * Trains a WELDON model on labelled images and leaves a run folder: `config.json` with every option, `log.jsonl`,
 * `curves.png`, `checkpoints/`, and at the end `model/`, ready for heat maps, with class names, recipe and licence.
 *
 * Called again for the same folder with the same options it goes on from the last checkpoint, to the same result as an
 * uninterrupted run: bit for bit on cpu and wasm, as far as the order of additions goes elsewhere. A run that is
 * finished is left as it is. Where images may have several classes the head ends in sigmoids and mAP is measured,
 * otherwise in a softmax, and accuracy. A backend must be active: see `startRuntime`.
 *
 * @param options see {@link TrainOptions}; at least `data`, or `resume` and `out`
 * @throws WeldonError for options, images, weights or a folder that cannot be used, before anything is written; for a
 *   folder whose run was begun with other options, or is being trained by another process; and where training breaks
 *   off, by a loss that is no number, a full disk or too little memory: the last checkpoint stays, and after a loss that
 *   is no number `model/` holds the best epoch so far, or the last checkpoint where there is no validation
 *
 * @example
 * await startRuntime();
 * const { model, best } = await trainModel({ data: 'images', out: 'runs/rooms', pooling: 'wildcat', size: 448 });
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainedRun> {
  const { signal, onEvent: tell = () => undefined, resume = false, engine, ...given } = options;
  check.checkOptions(schema, options, { owner: 'trainModel', kind: 'options of a run' });
  const out = runFolderOf(given);
  await refuseLocked(out);
  const then = await readRun(out);
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as TrainOptions;
  const asked: TrainOptions = { ...(resume && then !== null ? then.options : {}), ...stated, out };
  if (asked.data === undefined) {
    throw expectedInWords(
      'data for trainModel',
      'a folder or a CSV file of labelled images',
      `none, and ${out} holds no run to go on with`,
    );
  }
  const set = await readTrainingSet(
    { ...asked, data: asked.data },
    {
      signal,
      notice: (text) => tell({ kind: 'notice', text }),
      onProgress: (done, total) => tell({ kind: 'reading', done, total }),
    },
  );
  const backbone = await openBackbone(asked);
  try {
    const resolved = resolveTrainOptions(asked, {
      multiLabel: set.train.multiLabel,
      backbone: backbone.name,
      size: backbone.size,
      images: set.train.images.length,
    });
    if (backbone.untrained) {
      drawInitialWeights(backbone.model, resolved.seed);
    }
    if (resolved.trainFrom !== undefined) {
      findStep(layerGraph(backbone.model), resolved.trainFrom);
    }
    const input = backbone.recipe.input as ModelRecipe['input'];
    const frozenEngine = engine?.isTensor === false && keepsFeatures(resolved) ? engine : undefined;
    const first = withHead(backbone, resolved, set.train.classes);
    const config = configOf(resolved, set, backbone, first.countParams(), frozenEngine?.name);
    first.dispose();
    if (then !== null) {
      checkSameRun(then, config);
    }
    const images = planImages(set, input, resolved);
    const unlock = await lockRun(out);
    let batches: TrainingBatches | undefined;
    try {
      batches = trainingBatches(images);
      // Another process may have begun it, and ended, in the meantime.
      const present = await readRun(out);
      if (present !== null) {
        checkSameRun(present, config);
      }
      return await runTraining({
        options: resolved,
        config,
        paths: runPaths(out),
        begun: present !== null,
        images,
        batches,
        signal,
        engine: frozenEngine,
        tell,
        metric: set.train.multiLabel ? 'mAP' : 'accuracy',
        licenseFiles: backbone.licenseFiles,
        model: (statistics) => withHead(backbone, resolved, set.train.classes, statistics),
      });
    } finally {
      try {
        await batches?.close();
      } finally {
        await unlock();
      }
    }
  } finally {
    disposeModel(backbone.model);
  }
}
