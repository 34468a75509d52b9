import { expect } from 'chai';
import { normalDraws } from '../../../src/random.js';
import { projectTo2d } from '../../../src/search/projectTo2d.js';
import { refusal } from '../../refusal.js';

/** Points of three clusters that lie far apart, in turn. */
const clusters = (count: number) =>
  Array.from({ length: count }, (_, i) => normalDraws(8, 1, i).map((value, axis) => value + (axis === i % 3 ? 30 : 0)));

/** The share of points whose nearest other point is of their cluster. */
function purity(places: Float32Array): number {
  const count = places.length / 2;
  let pure = 0;
  for (let i = 0; i < count; i++) {
    let best = -1;
    let least = Infinity;
    for (let j = 0; j < count; j++) {
      const far = (places[2 * i] - places[2 * j]) ** 2 + (places[2 * i + 1] - places[2 * j + 1]) ** 2;
      if (j !== i && far < least) {
        [best, least] = [j, far];
      }
    }
    pure += best % 3 === i % 3 ? 1 : 0;
  }
  return pure / count;
}

describe('the map of a collection', () => {
  it('feature: neighbours stay neighbours, the same seed gives the same map, in a square', async () => {
    const points = clusters(60);
    const places = await projectTo2d(points, { seed: 3 });
    expect(purity(places)).to.equal(1);
    expect(await projectTo2d(points, { seed: 3 })).to.deep.equal(places);
    expect(Math.min(...places)).to.be.at.least(0);
    expect(Math.max(...places)).to.be.closeTo(1, 1e-6);
  });

  it('feature: what is not in the sample is placed among its like', async () => {
    expect(purity(await projectTo2d(clusters(120), { sample: 60 }))).to.be.greaterThan(0.9);
  });

  it('cardinality: none, one, fewer than neighbours', async () => {
    expect(await projectTo2d([])).to.deep.equal(new Float32Array(0));
    expect(await projectTo2d([Float32Array.of(1, 2)])).to.deep.equal(Float32Array.of(0.5, 0.5));
    expect(await projectTo2d(clusters(4))).to.have.length(8);
    expect((await projectTo2d(clusters(6))).every(Number.isFinite)).to.equal(true);
  });

  it('exception: other lengths, NaN, options out of their range; stops when told', async () => {
    expect(await refusal(projectTo2d([Float32Array.of(1), Float32Array.of(1, 2)]))).to.equal(
      'Expected vector 1 for projectTo2d to be of 1 numbers, as the first is but received 2',
    );
    expect(await refusal(projectTo2d([Float32Array.of(NaN)]))).to.equal(
      'Expected vector 0 for projectTo2d to be of finite numbers but received one that is not',
    );
    expect(await refusal(projectTo2d([], { neighbors: 1 }))).to.equal(
      'Expected neighbors for projectTo2d to be a whole number >= 2 but received 1',
    );
    expect(await refusal(projectTo2d(clusters(30), { signal: AbortSignal.abort(new Error('stop')) }))).to.equal('stop');
  });
});
