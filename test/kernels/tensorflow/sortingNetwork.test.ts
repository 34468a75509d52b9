import { expect } from 'chai';
import type { RowOps } from '../../../kernels/tensorflow/sortingNetwork.js';
import { extremeRows, networkWork } from '../../../kernels/tensorflow/sortingNetwork.js';

/** Matrices of one column, as arrays, with a count of the work done. */
function arrayOps() {
  const work = { rows: 0, calls: 0 };
  const ops: RowOps<number[]> = {
    binary: (name, a, b) => {
      if (b.length !== a.length) {
        throw new Error(`compared ${a.length} rows with ${b.length}`);
      }
      work.calls++;
      work.rows += a.length;
      return a.map((value, i) => (name === 'Maximum' ? Math.max(value, b[i]) : Math.min(value, b[i])));
    },
    split: (rows, lengths) => {
      work.calls++;
      let start = 0;
      return lengths.map((length) => rows.slice(start, (start += length)));
    },
    scope: (run) => run(),
  };
  return { ops, work };
}

/** A network that sorts every sequence of zeros and ones sorts everything; here those of a linear generator. */
function zerosAndOnes(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 31;
  });
}

describe('sorting network over rows', () => {
  const counts = [
    [1, 1],
    [2, 2],
    [3, 3],
    [3, 0],
    [0, 3],
    [4, 4],
    [7, 3],
    [8, 8],
    [10, 10],
    [16, 1],
    [11, 13],
  ];
  for (const [top, bottom] of counts) {
    it(`the ${top} largest and ${bottom} smallest, best first, of any number of rows`, () => {
      for (let height = Math.max(top, bottom); height <= 24; height++) {
        for (let seed = 1; seed <= 16; seed++) {
          // Odd seeds: every value its own, so that order shows as well.
          const rows = zerosAndOnes(height, seed).map((value, i) =>
            seed % 2 === 0 ? value : value + ((i * 7) % height) / 64,
          );
          const { ops, work } = arrayOps();
          const found = extremeRows(ops, rows, height, { top, bottom });
          const sorted = [...rows].sort((a, b) => a - b);
          expect(found.bottom.flat()).to.deep.equal(sorted.slice(0, bottom));
          expect(found.top.flat()).to.deep.equal(sorted.reverse().slice(0, top));
          expect(networkWork(height, { top, bottom })).to.deep.equal(work);
        }
      }
    });
  }

  it('three of either end of 49 rows take seven passes over them', () => {
    expect(networkWork(49, { top: 3, bottom: 3 }).rows).to.be.below(7 * 49);
  });
});
