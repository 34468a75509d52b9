import { expect } from 'chai';
import { checkSchedule, learningRateFactor } from '../../../../src/training/optimisation/learningRate.js';
import { expectError } from '../../../expectError.js';

describe('learning rate schedules', () => {
  it('constant', () => {
    expect([0, 7, 99].map((step) => learningRateFactor({ kind: 'constant' }, step, 100))).to.deep.equal([1, 1, 1]);
  });

  it('step: every so many, and at given numbers', () => {
    const every = [0, 9, 10, 19, 20].map((step) =>
      learningRateFactor({ kind: 'step', every: 10, factor: 0.5 }, step, 99),
    );
    expect(every).to.deep.equal([1, 1, 0.5, 0.5, 0.25]);
    const at = [2, 3, 6, 7].map((step) => learningRateFactor({ kind: 'step', at: [3, 7], factor: 0.5 }, step, 99));
    expect(at).to.deep.equal([1, 0.5, 0.5, 0.25]);
  });

  it('cosine: half-way is half, the end is the end', () => {
    expect(learningRateFactor({ kind: 'cosine' }, 0, 100)).to.equal(1);
    expect(learningRateFactor({ kind: 'cosine' }, 50, 100)).to.be.closeTo(0.5, 1e-12);
    expect(learningRateFactor({ kind: 'cosine', end: 0.1 }, 100, 100)).to.be.closeTo(0.1, 1e-12);
    expect(learningRateFactor({ kind: 'cosine' }, 150, 100)).to.be.closeTo(0, 1e-12);
  });

  it('warm-up rises to the full rate, then the cosine begins', () => {
    const schedule = { kind: 'cosine', warmUp: 4 } as const;
    expect([0, 1, 2, 3, 4].map((step) => learningRateFactor(schedule, step, 12))).to.deep.equal([
      0.25, 0.5, 0.75, 1, 1,
    ]);
    expect(learningRateFactor(schedule, 8, 12)).to.be.closeTo(0.5, 1e-12);
  });

  it('exception', () => {
    expectError(
      () => checkSchedule({ kind: 'linear' as 'constant' }),
      "Expected kind of the schedule to be 'constant', 'step' or 'cosine' but received \"linear\"",
    );
    expectError(
      () => checkSchedule({ kind: 'cosine', warmUp: -1 }),
      'Expected warmUp of the schedule to be a whole number of steps >= 0 but received -1',
    );
    expectError(
      () => checkSchedule({ kind: 'step' }),
      'Expected the step schedule to be either with every or with at but received {"kind":"step"}',
    );
    expectError(
      () => checkSchedule({ kind: 'step', every: 3, factor: 2 }),
      'Expected factor of the step schedule to be a number with 0 < factor <= 1 but received 2',
    );
  });
});
