import type { Checkpoint, EpochRecord } from '../../training/checkpoint.js';
import type { StepRecord } from '../../training/fineTuneOptions.js';
import { writeRunCurves } from './runCurves.js';
import type { RunConfig, RunPaths } from './runFolder.js';
import { openRunLog } from './runLog.js';

/** Milliseconds between two drawings of the curves. */
const curveInterval = 10_000;

/** Writes down what happens in a run: a line of the log for every step and epoch, and now and then the curves. */
export interface RunRecorder {
  readonly history: readonly EpochRecord[];
  /** the first epoch with the highest metric */
  readonly best: { epoch: number; value: number } | null;
  /** What came before is not part of the first epoch's time. */
  beginEpochs(): void;
  step(record: StepRecord): Promise<void>;
  epoch(record: EpochRecord): Promise<void>;
  /** Writes the lines that are waiting. A checkpoint must not be ahead of the log. */
  flush(): Promise<void>;
  /** Writes them, and the curves. */
  close(): Promise<void>;
}

export interface RecordedRun {
  paths: RunPaths;
  config: RunConfig;
  metric: string;
  epochs: number;
  batchesPerEpoch: number;
}

function bestOf(history: readonly EpochRecord[]): { epoch: number; value: number } | null {
  return history.reduce<{ epoch: number; value: number } | null>(
    (best, { epoch, validation }) =>
      validation !== undefined && (best === null || validation.metric > best.value)
        ? { epoch, value: validation.metric }
        : best,
    null,
  );
}

/**
 * Opens log and curves of a run, to go on from a checkpoint where there is one.
 *
 * @throws WeldonError (also when used) if they cannot be written
 */
export async function openRecorder(
  { paths, config, metric, epochs, batchesPerEpoch }: RecordedRun,
  checkpoint: Checkpoint | null,
): Promise<RunRecorder> {
  const log = await openRunLog(paths.log, checkpoint?.position ?? null);
  const history = [...(checkpoint?.history ?? [])];
  const steps = log.lines.flatMap((line): [number, number][] =>
    line.kind === 'step' ? [[line.epoch + line.batch / batchesPerEpoch, line.loss]] : [],
  );
  const { strategy, pooling } = config.options;
  let drawn = 0;
  let epochStart = performance.now();
  const draw = async () => {
    drawn = Date.now();
    await writeRunCurves(paths.curves, {
      title: `${config.data.name} · ${config.backbone.name}, ${strategy} · ${pooling} pooling`,
      epochs,
      history,
      steps,
      best: bestOf(history),
      metric,
    });
  };
  return {
    history,
    get best() {
      return bestOf(history);
    },
    beginEpochs() {
      epochStart = performance.now();
    },
    async step(record) {
      steps.push([record.epoch + record.batch / batchesPerEpoch, record.loss]);
      await log.add({ kind: 'step', ...record });
    },
    async epoch(record) {
      history.push(record);
      const now = performance.now();
      await log.add({ kind: 'epoch', seconds: (now - epochStart) / 1000, ...record });
      epochStart = now;
      if (Date.now() - drawn >= curveInterval) {
        await draw();
      }
    },
    flush: () => log.flush(),
    async close() {
      await log.flush();
      if (steps.length > 0) {
        await draw();
      }
    },
  };
}
