import { expect } from 'chai';
import { timeLeft } from '../../../../src/commands/progress.js';

describe('timeLeft', () => {
  it('tells of every epoch that takes longer than five seconds, whatever its note', () => {
    const lines: string[] = [];
    let now = 0;
    const tell = timeLeft(
      (line) => lines.push(line),
      () => now,
    );
    // The first of 4 steps of the first of 3 epochs is done; a step takes 4 seconds.
    tell('ft, seed-1', 0.25, 3, 'loss 2.3');
    for (const [epoch, loss] of [
      [1, 2],
      [2, 1.5],
      [3, 1],
    ]) {
      now = 16_000 * epoch - 4000;
      tell('ft, seed-1', epoch, 3, `loss ${loss}`);
    }
    expect(lines).to.deep.equal([
      'ft, seed-1: 1/3, loss 2, 32 s left',
      'ft, seed-1: 2/3, loss 1.5, 16 s left',
      'ft, seed-1: 3/3, loss 1',
    ]);
  });

  it('keeps quiet in between, and begins anew with another stage', () => {
    const lines: string[] = [];
    let now = 0;
    const tell = timeLeft(
      (line) => lines.push(line),
      () => now,
    );
    for (let done = 0; done <= 4; done++) {
      tell('features', done, 4);
      now += 2000;
    }
    tell('heads', 0, 2);
    now += 6000;
    tell('heads', 1, 2);
    expect(lines).to.deep.equal(['features: 3/4, 2 s left', 'features: 4/4', 'heads: 1/2, 6 s left']);
  });
});
