import { WeldonError } from '../errors.js';
import type { RunPosition } from './checkpoint.js';

/** What was no finite number, and where. */
interface Divergence extends Pick<RunPosition, 'step' | 'epoch'> {
  /** such as `the loss at` */
  subject: string;
  value: number;
}

function sentence({ subject, step, epoch, value }: Divergence, firstEpoch: number): string {
  return `Expected ${subject} step ${step} (epoch ${epoch + firstEpoch}) to be a finite number but received ${value}`;
}

/** Thrown where a training's loss, gradient or scores are no finite numbers. */
export class DivergenceError extends WeldonError {
  /** @param weights which ones the model has now: those from `before` or `after` that step */
  constructor(
    private readonly divergence: Divergence,
    weights: 'before' | 'after',
  ) {
    super(
      `${sentence(divergence, 0)}. The model has its weights from ${weights} that step, and the last checkpoint stays; ` +
        'lower learningRate, or set clipNorm',
    );
  }

  /** What happened, with epochs that count from 1. */
  get event(): string {
    return sentence(this.divergence, 1);
  }
}
