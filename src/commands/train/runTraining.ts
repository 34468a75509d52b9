import type * as tfl from '@tensorflow/tfjs-layers';
import { rm } from 'node:fs/promises';
import { freemem } from 'node:os';
import { MeanAveragePrecision } from '../../metrics/averagePrecision.js';
import type { ChannelStatistics } from '../../layers/index.js';
import type { CheckpointStore } from '../../training/checkpoint.js';
import { DivergenceError } from '../../training/divergence.js';
import { featureStatistics } from '../../training/featureStatistics.js';
import type { FeatureSource, FeatureStore } from '../../training/featureStore.js';
import { fineTuneGraph } from '../../training/fineTune.js';
import { trainingGraph } from '../../training/trainingGraph.js';
import { diskCheckpoints } from '../../node/storage/diskCheckpoints.js';
import { diskFeatureStore } from '../../node/features/diskFeatureStore.js';
import { disposeModel } from '../../node/models/loadModel.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { fillFeatures } from './fillFeatures.js';
import { saveFinishedModel, saveModelOfCheckpoint } from './savedModel.js';
import type { ResolvedTrainOptions } from './resolveOptions.js';
import { fineTuneOptionsOf } from './resolveOptions.js';
import type { RunConfig, RunPaths } from './runFolder.js';
import { beginRun } from './runFolder.js';
import { openRecorder } from './runRecorder.js';
import type { TrainedRun, TrainEvent } from './events.js';
import type { PlannedSet, TrainingBatches } from './trainingBatches.js';
import * as tf from '@tensorflow/tfjs-core';
import { WeldonError } from '../../errors.js';

/** What backends say where there is no more memory: wasm's heap, V8's arrays, TensorFlow's allocator, a GPU. */
const outOfMemory =
  /out of memory|memory access out of bounds|cannot enlarge memory|array buffer allocation|invalid (typed )?array(buffer)? length|OOM|unreachable|Aborted\(|bad_alloc|Invalid string length/i;

/**
 * The sentence for a run that broke off, with what to change.
 *
 * @param left what there is of it, where it diverged: a sentence
 */
function explainFailure(error: unknown, { batchSize, size, out }: ResolvedTrainOptions, left: string): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DivergenceError) {
    return new WeldonError(
      `${error.event}. ${left}; lower learningRate, or set clipNorm, in another folder than ${out}`,
    );
  }
  if (outOfMemory.test(message) && !message.startsWith('Expected')) {
    return new WeldonError(
      `The backend ${tf.getBackend()} has no memory for ${batchSize} images of ${size} × ${size} pixels at once: ` +
        `lower batchSize or size, in another folder than ${out}`,
    );
  }
  return error;
}

/** A run, ready to train. */
export interface PreparedRun {
  options: ResolvedTrainOptions;
  config: RunConfig;
  paths: RunPaths;
  /** whether the folder holds this run already */
  begun: boolean;
  images: PlannedSet;
  batches: TrainingBatches;
  metric: 'accuracy' | 'mAP';
  /** The network with its head; disposed by the caller. `statistics` are those of the features, where the head wants them. */
  model(statistics?: ChannelStatistics): tfl.LayersModel;
  licenseFiles: readonly string[];
  signal?: AbortSignal;
  /** where the frozen part runs, if not on the active backend */
  engine?: FrozenEngine;
  tell(event: TrainEvent): void;
}

function meanAveragePrecision(scores: Float32Array, labels: Float32Array, classes: number): number {
  const metric = new MeanAveragePrecision(classes);
  metric.update(scores, labels);
  return metric.summary().map;
}

/** Whether a run has a frozen part whose features can be kept: none is where images are never the same twice. */
export function keepsFeatures({ strategy, trainFrom, augment, augmentEpochs }: ResolvedTrainOptions): boolean {
  const frozen = strategy === 'features' || strategy === 'twoPhase' || trainFrom !== undefined;
  return frozen && (augment.includes('none') || augmentEpochs !== undefined);
}

/** The store for the frozen part's features; none where nothing is frozen, or images are never the same twice. */
function featuresFor({ options, paths, tell }: PreparedRun): FeatureStore | null {
  const { cache } = options;
  if (!keepsFeatures(options)) {
    return null;
  }
  // A third of what is free, for the backend needs memory too.
  return diskFeatureStore(cache ?? paths.features, {
    memory: Math.min(freemem() / 3, 2 ** 32),
    notice: (text) => tell({ kind: 'notice', text }),
  });
}

/**
 * Trains, from the run's last checkpoint where there is one, and writes all that belongs into its folder.
 *
 * @throws WeldonError where training breaks off; log, curves and checkpoints hold what was reached, and where it diverged
 *   so does the model
 */
export async function runTraining(run: PreparedRun): Promise<TrainedRun> {
  const { options, config, paths, batches, metric, signal, tell } = run;
  const start = performance.now();
  const checkpoints = diskCheckpoints(paths.checkpoints, { notice: (text) => tell({ kind: 'notice', text }) });
  const checkpoint = run.begun ? await checkpoints.load('last') : null;
  if (!run.begun) {
    await beginRun(paths, config);
  }
  const { batchesPerEpoch } = batches.train;
  const epochs = options.epochs + (options.strategy === 'twoPhase' ? (options.headEpochs ?? 0) : 0);
  const recorder = await openRecorder({ paths, config, metric, epochs, batchesPerEpoch }, checkpoint);
  const behindLog: CheckpointStore = {
    load: checkpoints.load,
    async save(kind, saved) {
      await recorder.flush();
      await checkpoints.save(kind, saved);
    },
  };
  const { train, validation } = config.data;
  tell({
    kind: 'begin',
    folder: paths.folder,
    backbone: config.backbone.name,
    classes: config.data.classes.length,
    train,
    validation,
    steps: epochs * Math.ceil(batchesPerEpoch / options.accumulate),
    done: checkpoint?.position.step ?? 0,
    epochs,
    metric,
  });
  const result = (stopped: TrainedRun['stopped']): TrainedRun => ({
    folder: paths.folder,
    model: stopped === 'aborted' ? null : paths.model,
    stopped,
    metric,
    epochs: recorder.history.length,
    best: recorder.best,
    history: [...recorder.history],
    seconds: (performance.now() - start) / 1000,
  });
  const store = featuresFor(run);
  const finished = checkpoint?.finished === true;
  // Read once for each model: statistics make another one.
  let whole = trainingGraph(run.model());
  let source: FeatureSource | undefined = store === null ? undefined : { store };
  try {
    if (store !== null && !finished) {
      const notice = (text: string) => tell({ kind: 'notice', text });
      const { filled, engine } = await fillFeatures(
        whole,
        options,
        run.images,
        store,
        { signal, engine: run.engine, notice },
        (done, total) => tell({ kind: 'features', done, total }),
      );
      source = { store, engine };
      if (!filled) {
        return result('aborted');
      }
    }
    if (options.normalize === 'channels') {
      const cache = source;
      const depth = whole.headFrom.shape.at(-1) as number;
      // A checkpoint has the statistics among its weights.
      const statistics =
        checkpoint === null
          ? await featureStatistics(whole.model, batches.train, { cache, signal })
          : { mean: new Float32Array(depth), deviation: new Float32Array(depth).fill(1) };
      whole.model.dispose();
      whole = trainingGraph(run.model(statistics));
    }
    recorder.beginEpochs();
    const { stopped } = await fineTuneGraph(
      whole,
      { train: batches.train, validation: batches.validation },
      {
        ...fineTuneOptionsOf(options, batchesPerEpoch),
        checkpoints: behindLog,
        resume: true,
        signal,
        metric: metric === 'mAP' ? meanAveragePrecision : undefined,
        cache: source,
        onStep: async (record) => {
          await recorder.step(record);
          const behind = train - record.batch * options.batchSize;
          const full = options.batchSize * options.accumulate;
          tell({ kind: 'step', images: behind >= 0 ? full : full + behind, ...record });
        },
        onEpoch: async (record) => {
          await recorder.epoch(record);
          tell({ kind: 'epoch', ...record });
        },
      },
    );
    if (stopped !== 'aborted') {
      await saveFinishedModel(whole.model, paths.model, run.licenseFiles);
      // The run's own features are of no use any more; those of a cache are kept for others.
      await rm(paths.features, { recursive: true, force: true });
    }
    return result(stopped);
  } catch (error) {
    if (signal?.aborted === true && error === signal.reason) {
      return result('aborted');
    }
    const left = !(error instanceof DivergenceError)
      ? ''
      : await saveModelOfCheckpoint(whole.model, checkpoints, paths, metric, run.licenseFiles).catch(
          (failure: Error) => `There is no model of an epoch before that: ${failure.message}`,
        );
    throw explainFailure(error, options, left);
  } finally {
    disposeModel(whole.model);
    await recorder.close();
  }
}
