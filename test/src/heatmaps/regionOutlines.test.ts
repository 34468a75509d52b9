import { expect } from 'chai';
import { outlineBoxes, regionCell } from '../../../src/heatmaps/regionOutlines.js';
import type { Polygon } from '../../../src/heatmaps/regionOutlines.js';
import { uniformGeometry } from '../../../src/heatmaps/upsampleMap.js';

const cell = (x: number, y: number, width = 1, height = 1) => ({ x, y, width, height });
/** Signed area: positive for clockwise on the screen. */
const area = (polygon: Polygon) =>
  polygon.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);

describe('regionCell', () => {
  it('is a step around the centre, cut at the edges of the image', () => {
    const geometry = uniformGeometry({ rows: 2, columns: 4 }, 40, 30);
    expect(regionCell({ row: 1, column: 2 }, geometry, 40, 30)).to.deep.equal(cell(20, 15, 10, 15));
    const shifted = { x: { start: 2, step: 10 }, y: { start: 7.5, step: 15 } };
    expect(regionCell({ row: 0, column: 0 }, shifted, 40, 30)).to.deep.equal(cell(0, 0, 7, 15));
  });
});

describe('outlineBoxes', () => {
  it('neighbours share one line without corners in between', () => {
    expect(outlineBoxes([cell(0, 0), cell(1, 0), cell(2, 0)])).to.deep.equal([
      [
        [0, 0],
        [3, 0],
        [3, 1],
        [0, 1],
      ],
    ]);
  });

  it('an L has six corners', () => {
    expect(outlineBoxes([cell(0, 0), cell(0, 1), cell(1, 1)])).to.deep.equal([
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [2, 1],
        [2, 2],
        [0, 2],
      ],
    ]);
  });

  it('cells that touch at a corner only stay apart', () => {
    const polygons = outlineBoxes([cell(0, 0), cell(1, 1)]);
    expect(polygons.map(area)).to.deep.equal([1, 1]);
    const other = outlineBoxes([cell(1, 0), cell(0, 1)]);
    expect(other.map(area)).to.deep.equal([1, 1]);
  });

  it('a ring has an inner line the other way round', () => {
    const ring = [];
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) {
        if (!(y === 1 && (x === 1 || x === 2))) {
          ring.push(cell(x, y));
        }
      }
    }
    const polygons = outlineBoxes(ring);
    expect(polygons.map(area).sort((a, b) => a - b)).to.deep.equal([-2, 12]);
    expect(polygons.map((polygon) => polygon.length)).to.deep.equal([4, 4]);
  });

  it('overlapping boxes of any size become one area', () => {
    const polygons = outlineBoxes([cell(0, 0, 10, 10), cell(5, 5, 10, 10), cell(2, 2, 3, 3)]);
    expect(polygons).to.have.length(1);
    expect(area(polygons[0])).to.equal(100 + 100 - 25);
  });

  it('rounding between neighbours leaves no gap', () => {
    const third = 100 / 3;
    const polygons = outlineBoxes([
      cell(0, 0, third, 1),
      cell(third + 1e-9, 0, third, 1),
      cell(2 * third, 0, third, 1),
    ]);
    expect(polygons).to.have.length(1);
    expect(polygons[0]).to.have.length(4);
  });

  it('covers exactly what the boxes cover, on random sets of cells', () => {
    let state = 12345;
    const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
    for (let round = 0; round < 50; round++) {
      const cells = Array.from({ length: 49 }, (_, i) => cell(i % 7, Math.floor(i / 7))).filter(() => random() < 0.5);
      const total = outlineBoxes(cells).reduce((sum, polygon) => sum + area(polygon), 0);
      expect(total).to.equal(cells.length);
    }
  });

  it('nothing, and boxes without area, have no outline', () => {
    expect(outlineBoxes([])).to.deep.equal([]);
    expect(outlineBoxes([cell(3, 3, 0, 5)])).to.deep.equal([]);
  });
});
