import type { EpochRecord } from '../../training/checkpoint.js';
import type { StepRecord } from '../../training/fineTuneOptions.js';

/** What happens in a run, for whoever shows it. */
export type TrainEvent =
  | {
      kind: 'begin';
      folder: string;
      backbone: string;
      classes: number;
      train: number;
      validation: number;
      /** optimiser steps of the whole run, and those that a former process has taken */
      steps: number;
      done: number;
      epochs: number;
      metric: string;
    }
  /** images looked at, before anything begins */
  | { kind: 'reading'; done: number; total: number }
  /** frozen features: images that have theirs */
  | { kind: 'features'; done: number; total: number }
  | ({ kind: 'step'; images: number } & StepRecord)
  | ({ kind: 'epoch' } & EpochRecord)
  | { kind: 'notice'; text: string };

/** How a run ended. */
export interface TrainedRun {
  /** full paths */
  folder: string;
  /** the trained model; `null` where the run was stopped before its end */
  model: string | null;
  stopped: 'finished' | 'early' | 'aborted';
  metric: string;
  /** epochs done */
  epochs: number;
  /** the epoch whose weights the model has, from 0, and its metric; `null` without validation */
  best: { epoch: number; value: number } | null;
  history: EpochRecord[];
  /** of this process */
  seconds: number;
}
