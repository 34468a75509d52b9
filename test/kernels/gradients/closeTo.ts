import { expect } from 'chai';

/** Every element within `tolerance` of the largest expected magnitude (at least 1). */
export function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).to.equal(wanted.length);
  let scale = 1;
  for (let i = 0; i < wanted.length; i++) {
    scale = Math.max(scale, Math.abs(wanted[i]));
  }
  let worst = 0;
  let at = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(actual[i] - wanted[i]);
    if (!(difference <= worst)) {
      worst = difference;
      at = i;
    }
  }
  expect(worst / scale, `element ${at}: ${actual[at]} instead of ${wanted[at]}`).to.be.at.most(tolerance);
}
