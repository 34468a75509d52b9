import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'chai';
import { normalDraws } from '../../../src/random.js';
import { cutMap, descriptorOf, rmacRegions } from '../../../src/search/descriptors.js';
import { kMeans } from '../../../src/search/kMeans.js';
import { fitPca, projectRows, projector } from '../../../src/search/pca.js';
import {
  gridWindows,
  grownBox,
  innerWindows,
  keepApart,
  windowActivation,
  windowBox,
  windowVectors,
} from '../../../src/search/windows.js';
import { expectError } from '../../expectError.js';

before(() => tf.setBackend('cpu'));

describe('windows of a feature map', () => {
  it('feature: 71 windows of 14 × 14 cells, 198 of 20 × 20, 215 within 7 × 7', () => {
    expect(gridWindows(14, 14, 448)).to.have.length(36 + 25 + 9 + 1);
    expect(gridWindows(20, 20, 640)).to.have.length(81 + 64 + 36 + 16 + 1);
    expect(innerWindows(7, 7, 224)).to.have.length(15 * 15 - 2 * 5);
    // A network of stride 8 has the same windows, of more cells.
    expect(gridWindows(56, 56, 448)).to.have.length(71);
    expect(gridWindows(56, 56, 448)[1]).to.deep.equal({ left: 8, top: 0, width: 16, height: 16 });
  });

  it('cardinality: maps of one cell and long ones have windows inside them', () => {
    expect(gridWindows(1, 1, 32)).to.deep.equal([{ left: 0, top: 0, width: 1, height: 1 }]);
    for (const [rows, columns] of [
      [1, 1],
      [2, 9],
      [3, 5],
      [5, 20],
    ]) {
      const all = [...gridWindows(rows, columns, 32 * rows), ...innerWindows(rows, columns, 32 * rows)];
      expect(all.every(({ left, top, width, height }) => left + width <= columns && top + height <= rows)).to.equal(
        true,
      );
      expect(gridWindows(rows, columns, 64).length).to.be.greaterThan(0);
    }
  });

  it('smoke: boxes that overlap give way to the better one, by hand', () => {
    const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });
    // 0 and 2 share 8 of 12, 0 and 5 share 5 of 15, 2 and 5 share 7 of 13.
    const boxes = [box(0), box(2), box(5), box(40)];
    expect(keepApart(boxes, [1, 3, 2, 0], 4)).to.deep.equal([1, 3]);
    expect(keepApart(boxes, [3, 2, 1, 0], 4)).to.deep.equal([0, 2, 3]);
    expect(keepApart(boxes, [1, 1, 1, 1], 2)).to.deep.equal([0, 2]);
    expect(keepApart([], [], 3)).to.deep.equal([]);
  });

  it('smoke: places in the image, by hand', () => {
    const map = { rows: 7, columns: 14 };
    const box = windowBox({ left: 2, top: 1, width: 4, height: 2 }, map, { x: 10, y: 20, width: 140, height: 70 });
    expect(box).to.deep.equal({ x: 30, y: 30, width: 40, height: 20 });
    const grown = grownBox({ x: 0, y: 40, width: 48, height: 24 }, 0.25, { width: 100, height: 65 });
    expect(grown).to.deep.equal({ x: 0, y: 37, width: 54, height: 28 });
  });

  it('feature: vectors from integral sums are those of cut-out maps, few windows or many', () => {
    const [rows, columns, depth] = [5, 6, 12];
    const data = normalDraws(rows * columns * depth, 1, 5).map(Math.abs);
    const map = { data, rows, columns, depth };
    const made = projector(fitPca(normalDraws(40 * depth, 1, 6), depth, { dimensions: 7 }));
    const gap = descriptorOf('gap', 'a test');
    for (const windows of [gridWindows(rows, columns, 32 * rows), innerWindows(rows, columns, 32 * rows)]) {
      const vectors = windowVectors(made, gap, map, windows);
      windows.forEach((window, i) => {
        const [wanted] = projectRows(made, gap.pool(cutMap(map, window)));
        wanted.forEach((value, j) => expect(vectors[i][j]).to.be.closeTo(value, 1e-5));
      });
    }
    const max = windowVectors(made, descriptorOf('max', 'a test'), map, [{ left: 0, top: 0, width: 1, height: 1 }]);
    expect(max[0][0]).to.be.closeTo(projectRows(made, Float64Array.from(data.subarray(0, depth)))[0][0], 1e-5);
  });

  it('feature: activation is the mean of a window', () => {
    const map = { data: Float32Array.of(1, 3, 0, 0, 5, 7, 2, 2), rows: 2, columns: 2, depth: 2 };
    const windows = [
      { left: 0, top: 0, width: 2, height: 2 },
      { left: 0, top: 1, width: 1, height: 1 },
    ];
    expect(windowActivation(map, windows)).to.deep.equal([2.5, 6]);
  });
});

describe('descriptors', () => {
  const map = { data: Float32Array.of(3, 0, 1, 4), rows: 1, columns: 2, depth: 2 };

  it('smoke: mean, maximum, regional maxima, by hand', () => {
    expect(Array.from(descriptorOf('gap', 'a test').pool(map))).to.deep.equal([2, 2]);
    expect(Array.from(descriptorOf('max', 'a test').pool(map))).to.deep.equal([3, 4]);
    // Scale 1, 2 and 3 all have the two cells as regions: three times (3, 0)/3 + (1, 4)/√17.
    const rmac = descriptorOf('rmac', 'a test').pool(map);
    expect(rmac[0]).to.be.closeTo(3 * (1 + 1 / Math.sqrt(17)), 1e-6);
    expect(rmac[1]).to.be.closeTo((3 * 4) / Math.sqrt(17), 1e-6);
  });

  it('feature: regions of R-MAC cover the map and stay within it', () => {
    const regions = rmacRegions(7, 10);
    expect(regions.every(({ left, top, width, height }) => left + width <= 10 && top + height <= 7)).to.equal(true);
    expect(Math.max(...regions.map(({ left, width }) => left + width))).to.equal(10);
  });

  it('exception: an unknown pooling', () => {
    expectError(
      () => descriptorOf('mean' as never, 'embedImages'),
      "Expected pooling for embedImages to be 'gap', 'max', 'mantra', 'weldon', 'weldon3', 'wildcat', 'logSumExp', " +
        'or options of a pooling but received "mean"',
    );
  });
});

describe('k-means', () => {
  it('feature: finds clusters that lie apart, the same for the same seed', () => {
    const points = Array.from({ length: 90 }, (_, i) =>
      normalDraws(3, 0.1, i).map((value, axis) => value + (axis === i % 3 ? 10 : 0)),
    );
    const centres = kMeans(points, 3, { seed: 1 });
    const axes = centres.map((centre) => centre.findIndex((value) => value > 9)).sort();
    expect(axes).to.deep.equal([0, 1, 2]);
    expect(kMeans(points, 3, { seed: 1 })).to.deep.equal(centres);
  });

  it('cardinality: no points, fewer points than centres', () => {
    expect(kMeans([], 3)).to.deep.equal([]);
    expect(kMeans([Float32Array.of(1, 2), Float32Array.of(1, 2)], 5)).to.have.length(1);
  });
});
