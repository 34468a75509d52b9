import { expect } from 'chai';
import { scaleGeometry, uniformGeometry, upsampleMap } from '../../../src/heatmaps/upsampleMap.js';
import type { ClassMap } from '../../../src/heatmaps/types.js';

const map = (rows: number, columns: number, ...values: number[]): ClassMap => ({
  data: Float32Array.from(values),
  rows,
  columns,
});

describe('upsampleMap', () => {
  describe('smoke', () => {
    it('gives a new map of the image size and leaves the raw one alone', () => {
      const raw = map(1, 2, 0, 4);
      const wide = upsampleMap(raw, { width: 6, height: 3 });
      expect([wide.rows, wide.columns, wide.data.length]).to.deep.equal([3, 6, 18]);
      expect([...raw.data]).to.deep.equal([0, 4]);
    });
  });

  describe('feature', () => {
    it('bilinear places regions by their centres and clamps the edges', () => {
      // centres at pixels 1 and 3 of 4; pixel centres 0.5, 1.5, 2.5, 3.5 lie at −1/4, 1/4, 3/4, 5/4 of the way
      expect([...upsampleMap(map(1, 2, 0, 4), { width: 4, height: 1 }).data]).to.deep.equal([0, 1, 3, 4]);
    });

    it('bilinear mixes both axes', () => {
      const wide = upsampleMap(map(2, 2, 0, 4, 8, 12), { width: 4, height: 4 });
      expect([...wide.data]).to.deep.equal([0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12]);
    });

    it("bicubic is Keys' kernel with a = −1/2", () => {
      // a single 1 at region 2 of 4; weights for f = 1/4: −9/128, 111/128, 29/128, −3/128
      const [minus9, w111, w29, minus3] = [-0.0703125, 0.8671875, 0.2265625, -0.0234375];
      const wide = [...upsampleMap(map(1, 4, 0, 0, 1, 0), { width: 8, height: 1, method: 'bicubic' }).data];
      expect(wide).to.deep.equal([0, minus3, minus9, w29, w111, w111, w29, minus9 + minus3 + 0.0234375]);
    });

    it('bicubic gives a parabola back exactly, away from the edges', () => {
      const parabola = (x: number) => 0.5 * x * x - 2 * x + 1;
      const raw = map(8, 1, ...Array.from({ length: 8 }, (_, i) => parabola(i)));
      const wide = upsampleMap(raw, { width: 1, height: 40, method: 'bicubic' }).data;
      for (let pixel = 10; pixel < 30; pixel++) {
        expect(wide[pixel]).to.be.closeTo(parabola((pixel + 0.5) / 5 - 0.5), 1e-5);
      }
    });

    it('a given geometry moves the centres', () => {
      // centres at pixels 10 and 14
      const geometry = { x: { start: 10, step: 4 }, y: { start: 0.5, step: 1 } };
      const wide = upsampleMap(map(1, 2, 0, 8), { width: 20, height: 1, geometry }).data;
      expect([wide[0], wide[9], wide[10], wide[11], wide[13], wide[19]]).to.deep.equal([0, 0, 1, 3, 7, 8]);
    });

    it('the strongest pixel is at the centre of the strongest region', () => {
      for (const method of ['bilinear', 'bicubic'] as const) {
        const raw = map(3, 5, ...new Array<number>(15).fill(0));
        raw.data[1 * 5 + 3] = 1;
        const wide = upsampleMap(raw, { width: 75, height: 45, method });
        const strongest = wide.data.indexOf(Math.max(...wide.data));
        expect([Math.floor(strongest / 75), strongest % 75]).to.deep.equal([22, 52]); // (1.5, 3.5) * 15 - 0.5
      }
    });

    it('one region fills the image; a map of the image size comes back unchanged', () => {
      expect([...upsampleMap(map(1, 1, -2), { width: 2, height: 2, method: 'bicubic' }).data]).to.deep.equal([
        -2, -2, -2, -2,
      ]);
      expect([...upsampleMap(map(2, 2, 1, 2, 3, 4), { width: 2, height: 2 }).data]).to.deep.equal([1, 2, 3, 4]);
    });

    it('a NaN does not reach past its neighbours', () => {
      const wide = upsampleMap(map(1, 3, NaN, 1, 2), { width: 3, height: 1 }).data;
      expect([...wide]).to.deep.equal([NaN, 1, 2]);
    });

    it('geometry scales with the image', () => {
      const uniform = uniformGeometry({ rows: 2, columns: 4 }, 40, 30);
      expect(uniform).to.deep.equal({ x: { start: 5, step: 10 }, y: { start: 7.5, step: 15 } });
      expect(scaleGeometry(uniform, 0.5, 2)).to.deep.equal({ x: { start: 2.5, step: 5 }, y: { start: 15, step: 30 } });
    });
  });

  describe('exception', () => {
    it('names what is wrong', () => {
      const raw = map(1, 2, 0, 1);
      expect(() => upsampleMap(raw, { width: 0, height: 1 })).to.throw(
        'Expected width for upsampleMap to be a whole number of pixels >= 1 but received 0',
      );
      expect(() => upsampleMap(map(2, 2, 1), { width: 1, height: 1 })).to.throw(
        'Expected data of the class map of upsampleMap to be 2 × 2 = 4 numbers but received 1',
      );
      expect(() => upsampleMap(raw, { width: 1, height: 1, method: 'lanczos' as 'bilinear' })).to.throw(
        "'bilinear' or 'bicubic'",
      );
      const geometry = { x: { start: 0, step: 0 }, y: { start: 0, step: 1 } };
      expect(() => upsampleMap(raw, { width: 1, height: 1, geometry })).to.throw('Expected geometry.x for upsampleMap');
    });
  });
});
