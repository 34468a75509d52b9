import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { normalDraws } from '../../../src/random.js';
import { fitPca, hashOfPca, pcaBytes, projectRows, projector, readPca } from '../../../src/search/pca.js';
import { expectError } from '../../expectError.js';
import { describeWithShared } from '../../shared.js';

interface Golden {
  rows: number[][];
  mean: number[];
  components: number[][];
  explainedVarianceRatio: number[];
  projected: number[][];
}

const close = (found: ArrayLike<number>, wanted: readonly number[], most: number) =>
  wanted.forEach((value, i) => expect(found[i]).to.be.closeTo(value, most));

describe('PCA of a catalogue', () => {
  describeWithShared('golden vectors', 'golden/search/pca.json', (path) => {
    it('feature: mean, directions and projected rows to 1e-6', () => {
      const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
      const depth = golden.mean.length;
      const pca = fitPca(golden.rows.flat(), depth, { dimensions: golden.components.length });
      close(pca.mean, golden.mean, 1e-6);
      close(pca.components, golden.components.flat(), 1e-6);
      close(pca.explained, golden.explainedVarianceRatio, 1e-6);
      projectRows(projector(pca), Float64Array.from(golden.rows.flat())).forEach((row, i) => {
        const z = Array.from(row.subarray(0, pca.dimensions));
        const length = Math.hypot(...z);
        close(
          z.map((value) => value / length),
          golden.projected[i],
          1e-6,
        );
      });
    });
  });

  it('smoke: points on a line, by hand', () => {
    // (±1, ±1) / √2 about the mean (0, 0): one direction, both entries positive.
    const pca = fitPca([-Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2], 2);
    expect(pca.dimensions).to.equal(1);
    close(pca.components, [Math.SQRT1_2, Math.SQRT1_2], 1e-12);
    const [row] = projectRows(projector(pca), Float64Array.of(3, 3));
    close(row, [1, 0], 1e-7);
  });

  it('feature: the window score is the cosine within mean and directions', () => {
    const depth = 6;
    const rows = Float64Array.from(normalDraws(8 * depth, 1, 4), (value) => value + 0.7);
    const units = Array.from({ length: 8 }, (_, i) => {
      const own = rows.subarray(i * depth, (i + 1) * depth);
      const length = Math.hypot(...own);
      return own.map((value) => value / length);
    });
    const pca = fitPca(
      units.flatMap((unit) => Array.from(unit)),
      depth,
    );
    expect(pca.dimensions).to.equal(depth);
    const made = projector(pca);
    const [a, b] = projectRows(made, rows.slice(0, 2 * depth));
    let score = a[depth] + b[depth] - made.ofMean[depth];
    for (let i = 0; i < depth; i++) {
      score += a[i] * b[i];
    }
    const cosine = units[0].reduce((sum, value, i) => sum + value * units[1][i], 0);
    expect(score).to.be.closeTo(cosine, 1e-6);
  });

  it('feature: directions found by iteration span what the exact ones span', () => {
    // 600 vectors of 520 numbers whose variance falls by a tenth from one axis to the next.
    const depth = 520;
    const rows = normalDraws(600 * depth, 1, 1).map((value, i) => value * 0.9 ** (i % depth));
    const pca = fitPca(rows, depth, { dimensions: 8 });
    let captured = 0;
    let total = 0;
    for (let axis = 0; axis < depth; axis++) {
      const squares = pca.components.reduce((sum, value, i) => (i % depth === axis ? sum + value * value : sum), 0);
      captured += squares * 0.81 ** axis;
      total += axis < 8 ? 0.81 ** axis : 0;
    }
    expect(captured / total).to.be.greaterThan(0.97);
    expect(pca.components).to.deep.equal(fitPca(rows, depth, { dimensions: 8 }).components);
    for (let one = 0; one < 8; one++) {
      const own = pca.components.subarray(one * depth, (one + 1) * depth);
      expect(Math.hypot(...own)).to.be.closeTo(1, 1e-6);
    }
  });

  it('feature: kept as bytes and read again', async () => {
    const pca = fitPca(normalDraws(40, 1, 2), 4);
    const bytes = pcaBytes(pca);
    const again = await readPca(bytes);
    expect(again.dimensions).to.equal(pca.dimensions);
    close(again.components, Array.from(pca.components), 1e-7);
    expect(await hashOfPca(pcaBytes(again))).to.equal(await hashOfPca(bytes));
  });

  it('cardinality: fewer vectors than directions', () => {
    expect(fitPca(normalDraws(3 * 50, 1, 3), 50).dimensions).to.equal(2);
  });

  it('exception: too few, all the same, not finite, no whole number of vectors', () => {
    const rows = 'Expected rows for fitPca to be';
    expectError(() => fitPca([1, 0], 2), `${rows} two or more vectors of 2 numbers but received 2 numbers`);
    expectError(() => fitPca([1, 0, 1], 2), `${rows} two or more vectors of 2 numbers but received 3 numbers`);
    expectError(
      () => fitPca([1, 0, 1, 0], 2),
      `${rows} vectors that differ but received vectors that are all the same`,
    );
    expectError(() => fitPca([1, NaN, 1, 0], 2), `${rows} finite numbers but received one that is not`);
    expectError(
      () => fitPca([1, 0, 0, 1], 2, { dimensions: 0 }),
      'Expected dimensions for fitPca to be a whole number >= 1 but received 0',
    );
  });
});
