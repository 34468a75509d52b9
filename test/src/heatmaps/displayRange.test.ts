import { expect } from 'chai';
import { displayRange, normalizeMap } from '../../../src/heatmaps/displayRange.js';
import type { RangeRule } from '../../../src/heatmaps/displayRange.js';
import type { ClassMap } from '../../../src/heatmaps/types.js';

const row = (...values: number[]): ClassMap => ({ data: Float32Array.from(values), rows: 1, columns: values.length });
const ends = (map: ClassMap | ClassMap[], rule: RangeRule) => {
  const { low, high } = displayRange(map, rule);
  return [low, high];
};

describe('displayRange', () => {
  describe('feature', () => {
    it('diverging is symmetric about 0, sequential spans the values, positive starts at 0', () => {
      const map = row(-1, 0, 3);
      expect(ends(map, 'diverging')).to.deep.equal([-3, 3]);
      expect(ends(map, 'sequential')).to.deep.equal([-1, 3]);
      expect(ends(map, 'positive')).to.deep.equal([0, 3]);
      expect(displayRange(map).rule).to.equal('diverging');
    });

    it('an all-negative map: its sign stays visible, or it shows as no evidence', () => {
      const map = row(-4, -2);
      expect(ends(map, 'diverging')).to.deep.equal([-4, 4]);
      expect(ends(map, 'sequential')).to.deep.equal([-4, -2]);
      expect(ends(map, 'positive')).to.deep.equal([0, 1]);
    });

    it('a constant map has a range around or up to its value', () => {
      expect(ends(row(2, 2), 'diverging')).to.deep.equal([-2, 2]);
      expect(ends(row(2, 2), 'sequential')).to.deep.equal([1, 3]);
      expect(ends(row(2, 2), 'positive')).to.deep.equal([0, 2]);
      expect(ends(row(-2, -2), 'sequential')).to.deep.equal([-3, -1]);
    });

    it('zeros, NaN and infinities alone give a range too', () => {
      for (const map of [row(0, 0), row(NaN, NaN), row(Infinity, -Infinity)]) {
        expect(ends(map, 'diverging')).to.deep.equal([-1, 1]);
        expect(ends(map, 'sequential')).to.deep.equal([-0.5, 0.5]);
        expect(ends(map, 'positive')).to.deep.equal([0, 1]);
      }
    });

    it('what is not finite does not count', () => {
      expect(ends(row(NaN, -1, Infinity, 2, -Infinity), 'sequential')).to.deep.equal([-1, 2]);
    });

    it('float32 noise on a constant map is not stretched into an image', () => {
      expect(ends(row(1000, 1000.0001), 'sequential')[0]).to.be.closeTo(500, 1e-3);
    });

    it('several maps share one range', () => {
      expect(ends([row(-1, 5), row(-7, 2)], 'diverging')).to.deep.equal([-7, 7]);
      expect(ends([row(1, 5), row(3, 9)], 'sequential')).to.deep.equal([1, 9]);
    });
  });

  describe('exception', () => {
    it('names what is wrong', () => {
      expect(() => displayRange([])).to.throw(
        'Expected maps for displayRange to be at least one class map but received []',
      );
      expect(() => displayRange(row(1), 'log' as RangeRule)).to.throw(
        "'diverging', 'sequential' or 'positive' but received \"log\"",
      );
      expect(() => displayRange({ data: new Float32Array(3), rows: 2, columns: 2 })).to.throw(
        '2 × 2 = 4 numbers but received 3',
      );
    });
  });
});

describe('normalizeMap', () => {
  it('puts values into 0 … 1 and leaves the raw map alone', () => {
    const raw = row(-3, 0, 1.5, 3);
    expect([...normalizeMap(raw).data]).to.deep.equal([0, 0.5, 0.75, 1]);
    expect([...raw.data]).to.deep.equal([-3, 0, 1.5, 3]);
  });

  it('clamps what is outside a given range, keeps NaN, sends infinities to the ends', () => {
    const range = { rule: 'sequential', low: 0, high: 2 } as const;
    expect([...normalizeMap(row(-1, 1, 5, NaN, Infinity, -Infinity), range).data]).to.deep.equal([
      0,
      0.5,
      1,
      NaN,
      1,
      0,
    ]);
  });

  it('constant maps never divide by zero', () => {
    for (const rule of ['diverging', 'sequential', 'positive'] as const) {
      for (const value of [0, 5, -5, 1e-40, 3e38, -3e38]) {
        const map = row(value, value);
        for (const place of normalizeMap(map, displayRange(map, rule)).data) {
          expect(place, `${rule} of ${value}`).to.be.within(0, 1);
        }
      }
    }
  });

  it('refuses a range without extent', () => {
    expect(() => normalizeMap(row(1), { rule: 'sequential', low: 1, high: 1 })).to.throw(
      'low < high but received [1,1]',
    );
  });
});
