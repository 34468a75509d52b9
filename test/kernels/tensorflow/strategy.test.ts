import { expect } from 'chai';
import type { PoolingPlan } from '../../../kernels/contract.js';
import { chooseRanking, chooseStrategy } from '../../../kernels/tensorflow/strategy.js';

function plan(topCount: number, bottomCount: number): PoolingPlan {
  return { topCount, bottomCount, topWeight: 1, bottomWeight: 1 };
}

describe('choice of operations on tensorflow', () => {
  it('blocks divide the regions and hold enough of them, for every shape and count', () => {
    for (const shape of [
      [1, 1, 1],
      [1, 2, 3],
      [4, 49, 20],
      [2, 97, 5],
      [1, 10007, 3],
      [16, 10000, 1],
      [8, 3136, 67],
    ]) {
      const regions = shape[1];
      for (const top of [0, 1, 2, 3, 10, 300, regions]) {
        for (const bottom of [0, 1, 7, 1000, regions]) {
          if (top + bottom === 0 || top > regions || bottom > regions) {
            continue;
          }
          const { blockSizes } = chooseRanking(plan(top, bottom), shape);
          for (const [count, size] of [
            [top, blockSizes.top],
            [bottom, blockSizes.bottom],
          ]) {
            expect(regions % size, `blocks of ${size} in ${regions}`).to.equal(0);
            if (count > 0 && size > 1) {
              expect(regions / size, `${count} blocks of ${size} in ${regions}`).to.be.at.least(count);
            }
          }
        }
      }
    }
  });

  it('all regions: nothing is selected', () => {
    expect(chooseStrategy(plan(49, 49), [32, 49, 1000])).to.deep.equal({
      kind: 'thresholds',
      methods: { top: 'all', bottom: 'all' },
    });
  });

  it('a few of many maps: a network; a tenth of large maps: the element at a place', () => {
    expect(chooseStrategy(plan(3, 3), [32, 49, 1000])).to.deep.equal({
      kind: 'thresholds',
      methods: { top: 'network', bottom: 'network' },
    });
    expect(chooseStrategy(plan(300, 300), [8, 3136, 67])).to.deep.equal({
      kind: 'thresholds',
      methods: { top: 'nthElement', bottom: 'nthElement' },
    });
  });

  it('few of many regions: by blocks', () => {
    expect(chooseStrategy(plan(30, 30), [8, 3136, 67]).kind).to.equal('ranking');
    expect(chooseRanking(plan(30, 30), [8, 3136, 67]).blockSizes).to.deep.equal({ top: 8, bottom: 8 });
  });
});
