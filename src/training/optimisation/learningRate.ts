import { checkKeys, expected } from '../../errors.js';

/**
 * How the learning rate goes over a run; a factor of the rate itself:
 * - `'constant'`: 1;
 * - `'step'`: multiplied by `factor` after every `every` steps, or after each step number listed in `at`;
 * - `'cosine'`: `end + (1 − end) (1 + cos(π t)) / 2`, t from 0 at the end of the warm-up to 1 at the end of the run.
 */
export type Schedule =
  | { kind: 'constant'; warmUp?: number }
  | { kind: 'step'; every?: number; at?: readonly number[]; factor?: number; warmUp?: number }
  | { kind: 'cosine'; end?: number; warmUp?: number };

/**
 * Refuses a schedule that cannot be followed.
 *
 * @throws WeldonError naming the part that is out of range
 */
export function checkSchedule(schedule: Schedule): void {
  checkKeys(schedule, 'kind warmUp every at factor end', 'the schedule');
  const { kind, warmUp = 0 } = schedule;
  if (!['constant', 'step', 'cosine'].includes(kind)) {
    throw expected('kind of the schedule', "'constant', 'step' or 'cosine'", kind);
  }
  if (!Number.isInteger(warmUp) || warmUp < 0) {
    throw expected('warmUp of the schedule', 'a whole number of steps >= 0', warmUp);
  }
  if (schedule.kind === 'step') {
    const { every, at, factor = 0.1 } = schedule;
    if ((every === undefined) === (at === undefined)) {
      throw expected('the step schedule', 'either with every or with at', schedule);
    }
    if (every !== undefined && (!Number.isInteger(every) || every < 1)) {
      throw expected('every of the step schedule', 'a whole number of steps >= 1', every);
    }
    if (at !== undefined && !at.every((step) => Number.isInteger(step) && step >= 1)) {
      throw expected('at of the step schedule', 'whole numbers of steps >= 1', at);
    }
    if (!(factor > 0 && factor <= 1)) {
      throw expected('factor of the step schedule', 'a number with 0 < factor <= 1', factor);
    }
  }
  if (schedule.kind === 'cosine' && !((schedule.end ?? 0) >= 0 && (schedule.end ?? 0) <= 1)) {
    throw expected('end of the cosine schedule', 'a number with 0 <= end <= 1', schedule.end);
  }
}

/**
 * The factor of the learning rate at one optimiser step. Warm-up comes first: `(step + 1) / warmUp` times the factor
 * that would hold otherwise; the cosine starts to fall behind it.
 *
 * @param step 0 for the first step
 * @param totalSteps steps of the whole run, for the cosine; >= 1
 *
 * @example
 * learningRateFactor({ kind: 'cosine' }, 50, 100); // 0.5
 */
export function learningRateFactor(schedule: Schedule, step: number, totalSteps: number): number {
  const warmUp = schedule.warmUp ?? 0;
  const warmth = step < warmUp ? (step + 1) / warmUp : 1;
  switch (schedule.kind) {
    case 'constant':
      return warmth;
    case 'step': {
      const { every, at = [], factor = 0.1 } = schedule;
      const drops = every === undefined ? at.filter((mark) => step >= mark).length : Math.floor(step / every);
      return warmth * factor ** drops;
    }
    case 'cosine': {
      const { end = 0 } = schedule;
      const part = Math.min(1, Math.max(0, step - warmUp) / Math.max(1, totalSteps - warmUp));
      return warmth * (end + ((1 - end) * (1 + Math.cos(Math.PI * part))) / 2);
    }
  }
}
