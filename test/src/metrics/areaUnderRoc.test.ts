import { expect } from 'chai';
import { areaUnderRoc } from '../../../src/metrics/areaUnderRoc.js';
import { expectError } from '../../expectError.js';

describe('areaUnderRoc', () => {
  it('counts pairs in order, ties as half', () => {
    expect(areaUnderRoc([0.9, 0.8, 0.3], [1, 0, 0])).to.equal(1);
    expect(areaUnderRoc([0.3, 0.8, 0.9], [1, 0, 0])).to.equal(0);
    expect(areaUnderRoc([1, 1, 1, 1], [1, 0, 0, 1])).to.equal(0.5);
    // of 2 × 2 pairs: above, tie, above, above
    expect(areaUnderRoc([3, 2, 2, 1], [1, 1, 0, 0])).to.equal(3.5 / 4);
    expect(areaUnderRoc([Infinity, -Infinity], [1, 0])).to.equal(1);
  });

  it('nothing to tell apart, bad input', () => {
    expect(areaUnderRoc([1, 2], [1, 1])).to.satisfy(Number.isNaN);
    expect(areaUnderRoc([], [])).to.satisfy(Number.isNaN);
    expectError(
      () => areaUnderRoc([1], []),
      'Expected the labels for areaUnderRoc to be 1, one per score but received 0',
    );
    expectError(
      () => areaUnderRoc([1, NaN], [1, 0]),
      'Expected score 1 for areaUnderRoc to be a number but received NaN',
    );
  });
});
