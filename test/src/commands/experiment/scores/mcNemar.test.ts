import { expect } from 'chai';
import { mcNemar } from '../../../../../src/commands/experiment/scores/estimates.js';

describe('mcNemar', () => {
  describe('feature', () => {
    it('gives the two-sided binomial tail of the images on which two rows differ', () => {
      // 5 against 0: 2 · (1/2)^5
      expect(mcNemar([1, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0, 1])).to.deep.include({ onlyA: 5, onlyB: 0 });
      expect(mcNemar([1, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0, 1]).p).to.be.closeTo(1 / 16, 1e-12);
      // 1 against 5: 2 · (1 + 6) / 2^6
      expect(mcNemar([1, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1]).p).to.be.closeTo(14 / 64, 1e-12);
    });

    it('is 1 where rows never differ, or differ evenly', () => {
      expect(mcNemar([1, 0], [1, 0]).p).to.equal(1);
      expect(mcNemar([1, 0], [0, 1]).p).to.equal(1);
    });

    it('holds where two to the power of n is no number', () => {
      const n = 2000;
      const a = Uint8Array.from({ length: n }, (_, i) => (i < n / 2 + 45 ? 1 : 0));
      // normal approximation with continuity correction: |1045 − 955| − 1 = 89, 89 / √2000 = 1.990, p = 0.0466
      expect(
        mcNemar(
          a,
          a.map((right) => 1 - right),
        ).p,
      ).to.be.closeTo(0.0466, 2e-4);
    });
  });
});
