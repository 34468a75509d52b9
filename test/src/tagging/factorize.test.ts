import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { factorize, projectRows } from '../../../src/tagging/factorization/factorize.js';
import { nndsvd } from '../../../src/tagging/factorization/nndsvd.js';
import { sparseRows } from '../../../src/tagging/factorization/sparseRows.js';
import { refusal } from '../../refusal.js';
import { describeWithShared } from '../../shared.js';

interface Case {
  name: string;
  k: number;
  init: 'nndsvd' | 'nndsvda' | 'custom';
  solver: 'cd' | 'mu';
  loss: string;
  l1Ratio: number;
  alphaW: number;
  alphaH: number;
  W0: number[][];
  H0: number[][];
  steps: { iterations: number; error: number; W?: number[][]; H?: number[][] }[];
}

interface Golden {
  header: { X: Record<string, number[][]> };
  cases: Case[];
  project: { H: number[][]; X: number[][]; W: number[][] };
}

const flat = (rows: number[][]) => Float64Array.from(rows.flat());

function expectNear(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).to.equal(wanted.length);
  const apart = Array.from(found, (value, i) => Math.abs(value - wanted[i]));
  expect(Math.max(...apart)).to.be.at.most(tolerance);
}

describeWithShared('factorize, as scikit-learn', 'golden/tagging/nmf.json', (path) => {
  const { header, cases, project } = JSON.parse(readFileSync(path, 'utf8')) as Golden;
  cases.forEach((one) => {
    const { name, k, init, solver, loss, l1Ratio, alphaW, alphaH, steps } = one;
    it(`${name}, ${init}, ${solver}, ${loss}, penalties ${alphaW} ${alphaH} ${l1Ratio}`, async () => {
      const x = sparseRows(header.X[name], header.X[name][0].length);
      const given = { w: flat(one.W0), h: flat(one.H0) };
      if (init !== 'custom') {
        const { w, h } = nndsvd(x, k, init === 'nndsvd' ? 'zero' : 'mean');
        expectNear(w, given.w, 1e-9);
        expectNear(h, given.h, 1e-9);
      }
      for (const { iterations, error, W, H } of steps) {
        const found = await factorize(x, k, {
          init: init === 'custom' ? given : init,
          solver: solver === 'cd' ? 'hals' : 'multiply',
          loss: loss === 'frobenius' ? 'frobenius' : 'kullbackLeibler',
          l1Ratio,
          alphaW,
          alphaH,
          iterations,
          tolerance: 0,
        });
        expect(found.error).to.be.closeTo(error, loss === 'frobenius' ? 1e-9 : 1e-7);
        if (W !== undefined && H !== undefined) {
          expectNear(found.w, flat(W), 1e-9);
          expectNear(found.h, flat(H), 1e-9);
        }
      }
    });
  });

  it('projects new rows', async () => {
    const rows = sparseRows(project.X, project.X[0].length);
    expectNear(await projectRows(rows, flat(project.H), project.H.length), flat(project.W), 1e-6);
  });
});

describe('factorize, bad input and stops', () => {
  const two = sparseRows(
    [
      [1, 0],
      [0, 2],
    ],
    2,
  );

  it('refuses what cannot be factorized', async () => {
    expect(await refusal(factorize(two, 3))).to.equal(
      'Expected k for factorize to be a whole number from 1 to 2, the shorter side of the matrix but received 3',
    );
    expect(await refusal(factorize({ ...two, values: Float64Array.of(1, NaN) }, 1))).to.equal(
      'Expected the numbers of the matrix for factorize to be finite and >= 0 but received NaN',
    );
    expect(await refusal(factorize(two, 1, { loss: 'kullbackLeibler', solver: 'hals' }))).to.equal(
      'Expected solver for factorize to be \'multiply\' but received "hals"',
    );
    expect(() => sparseRows([[1, -1]], 2)).to.throw(
      'Expected the number in row 0, column 1 for sparseRows to be finite and >= 0 but received -1',
    );
  });

  it('more parts than the rank leave parts empty, and no NaN', async () => {
    const one = sparseRows(
      [
        [1, 2],
        [2, 4],
      ],
      2,
    );
    const found = await factorize(one, 2, { init: 'nndsvd', iterations: 20 });
    expect(found.rank).to.equal(1);
    expect(found.error).to.be.below(1e-6);
    expect([...found.w, ...found.h].every(Number.isFinite)).to.equal(true);
    const empty = await factorize(sparseRows([[], []], 2), 2, { loss: 'kullbackLeibler', iterations: 20 });
    expect([...empty.w, ...empty.h, empty.error].every((value) => value === 0)).to.equal(true);
  });

  it('ends by tolerance, is told of and stopped', async () => {
    const iterations: number[] = [];
    const found = await factorize(two, 2, { onIteration: (n) => iterations.push(n) });
    expect(found.converged).to.equal(true);
    expect(iterations).to.have.length(found.iterations);
    const stop = new AbortController();
    const stopped = factorize(two, 1, {
      iterations: 1e6,
      tolerance: 0,
      signal: stop.signal,
      onIteration: () => stop.abort(),
    });
    expect(await refusal(stopped)).to.equal('Stopped before the matrix was factorized');
  });

  it('a pair of columns and values, twice the same column', () => {
    expect(
      sparseRows(
        [
          [
            [1, 0.5],
            [1, 0.25],
            [0, 1],
          ],
          [],
        ],
        3,
      ),
    ).to.deep.equal({
      rows: 2,
      columns: 3,
      starts: Int32Array.of(0, 2, 2),
      indices: Int32Array.of(0, 1),
      values: Float64Array.of(1, 0.75),
    });
  });
});
