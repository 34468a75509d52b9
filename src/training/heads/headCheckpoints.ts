import type { StoredWeight } from '../checkpoint.js';
import type { OptimizerState } from '../optimisation/index.js';

/** Where a training of heads stands: all that it needs to go on as if it had not been interrupted. */
export interface HeadsState {
  /** steps that are done */
  step: number;
  weights: StoredWeight[];
  optimizer: OptimizerState;
}

/** Where a training of heads keeps how far it is. */
export interface HeadCheckpoints {
  /** What an interrupted training with the same settings has left; `null` if nothing. */
  find(settings: Record<string, unknown>): Promise<HeadsState | null>;
  /** Whether it is time to save, so that neither much is lost nor much time spent on it. */
  due(): boolean;
  save(settings: Record<string, unknown>, state: HeadsState): Promise<void>;
}
