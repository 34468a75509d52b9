import { expect } from 'chai';
import { argsortDescending } from '../../../src/metrics/argsort.js';
import { randomBits } from '../../../src/random.js';

describe('argsortDescending', () => {
  describe('feature', () => {
    it('orders by value, equal ones by place, −0 as 0', () => {
      expect([...argsortDescending(Float32Array.of(1, -2, 0, 5, -0, 1, Infinity, -Infinity, 1e-40))]).to.deep.equal([
        6, 3, 0, 5, 8, 2, 4, 1, 7,
      ]);
      expect([...argsortDescending(new Float32Array(0))]).to.deep.equal([]);
    });

    it('agrees with a sort by comparison', () => {
      const draw = randomBits(7);
      const values = Float32Array.from({ length: 5000 }, (_, i) =>
        i % 3 === 0 ? (draw() % 9) - 4 : (draw() / 2 ** 31 - 1) * 10 ** ((draw() % 60) - 30),
      );
      const compared = Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
      expect([...argsortDescending(values)]).to.deep.equal(compared);
    });
  });
});
