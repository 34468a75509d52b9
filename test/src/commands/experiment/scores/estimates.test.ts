import { expect } from 'chai';
import type { SplitStatistic } from '../../../../../src/commands/experiment/scores/estimates.js';
import { differenceOf, estimateOf } from '../../../../../src/commands/experiment/scores/estimates.js';

/** The mean of a number per image. */
const average = (values: number[]) => (members: ArrayLike<number>) =>
  Array.from(members).reduce((sum, i) => sum + values[i], 0) / members.length;
const images = (count: number) => Array.from({ length: count }, (_, i) => `${i}.jpg`);
const statistic = (...seeds: number[][]): SplitStatistic => ({
  each: seeds.map(average),
  images: images(seeds[0].length),
});
const timesDrawn = (place: number, factor: number) => (members: ArrayLike<number>) =>
  factor * Array.from(members).filter((member) => member === place).length;

describe('figures of the evaluation', () => {
  describe('feature: value and interval', () => {
    it('is the mean of the seeds, each told; two images give draws of 0, 1/2 and 1', () => {
      expect(estimateOf([statistic([0, 1])], 400)).to.deep.equal({ value: 0.5, low: 0, high: 1 });
      const estimate = estimateOf([statistic([0, 1], [1, 1])], 400);
      expect(estimate.value).to.equal(0.75);
      expect(estimate.each).to.deep.equal([0.5, 1]);
      // the mean of both seeds is 1/2 for the first image and 1 for the second
      expect([estimate.low, estimate.high]).to.deep.equal([0.5, 1]);
    });

    it('has no width where images do not differ', () => {
      expect(estimateOf([statistic([1, 1, 1])], 50)).to.deep.equal({ value: 1, low: 1, high: 1 });
    });

    it('is about the normal interval of a share', () => {
      // 80 of 100: 0.8 ± 1.96 · √(0.8 · 0.2 / 100)
      const { low, high } = estimateOf([statistic(Array.from({ length: 100 }, (_, i) => (i < 80 ? 1 : 0)))], 4000);
      expect(low).to.be.closeTo(0.8 - 0.0784, 0.015);
      expect(high).to.be.closeTo(0.8 + 0.0784, 0.015);
    });

    it('joins splits by their images: one that two splits have is drawn for both at once', () => {
      const first: SplitStatistic = { each: [timesDrawn(1, 1)], images: ['a', 'b'] };
      const second: SplitStatistic = { each: [timesDrawn(0, -1)], images: ['b', 'c'] };
      // as often as b is drawn, less as often as b is drawn
      const estimate = estimateOf([first, second], 100);
      expect([estimate.value, estimate.low, estimate.high]).to.deep.equal([0, 0, 0]);
      expect(estimate.each).to.deep.equal([1, -1]);
      // three images in all are drawn three times: b each time in 1/27 of the draws, half of which counts in the mean
      const alone = estimateOf([first, { each: [() => 0], images: ['b', 'c'] }], 2000);
      expect(alone.high).to.equal(1.5);
    });

    it('has as wide an interval for two splits of the same images as for one, and a narrower one for others', () => {
      const values = Array.from({ length: 40 }, (_, i) => i % 2);
      const width = (splits: SplitStatistic[]) => {
        const { low, high } = estimateOf(splits, 2000);
        return (high as number) - (low as number);
      };
      const one = { each: [average(values)], images: images(40) };
      const other = { each: [average(values)], images: images(40).map((name) => `other ${name}`) };
      expect(width([one, one])).to.be.closeTo(width([one]), 0.03);
      // twice as many images: 1/√2 of the width, 0.31 of 40 images
      expect(width([one, other])).to.be.closeTo(0.31 / Math.SQRT2, 0.03);
    });
  });

  describe('feature: differences', () => {
    it('is 0 with p = 1 for the same method', () => {
      const method = [statistic([0, 1, 1])];
      expect(differenceOf(method, method, 100)).to.deep.equal({ difference: { value: 0, low: 0, high: 0 }, p: 1 });
    });

    it('counts the images as they are as a draw, so that p is never 0', () => {
      const { difference, p } = differenceOf([statistic([1, 1, 1])], [statistic([0, 0, 0])], 99);
      expect(difference).to.deep.equal({ value: 1, low: 1, high: 1 });
      expect(p).to.equal(2 / 100);
    });

    it('pairs by image: 1 and 0 more on two images is nothing in a quarter of the draws', () => {
      const { difference, p } = differenceOf([statistic([1, 1])], [statistic([0, 1])], 2000);
      expect(difference).to.deep.equal({ value: 0.5, low: 0, high: 1 });
      expect(p).to.be.closeTo(0.5, 0.05);
      // unpaired, 1 against 0 and 0 against 1 would be drawn too
      const even = differenceOf([statistic([1, 0])], [statistic([0, 1])], 2000);
      expect(even.difference).to.deep.equal({ value: 0, low: -1, high: 1 });
      expect(even.p).to.equal(1);
    });

    it('has the sign of the first method, and takes the mean of the seeds on either side', () => {
      const { difference } = differenceOf([statistic([0, 0], [0, 1])], [statistic([1, 1])], 200);
      expect(difference.value).to.equal(0.25 - 1);
      expect(difference.high).to.equal(-0.5);
    });

    it('leaves out draws that give no number; of none but such there is no p', () => {
      const never: SplitStatistic = { each: [() => NaN], images: images(2) };
      expect(differenceOf([never], [statistic([0, 1])], 20).p).to.equal(null);
      // only draws of both images give a number
      const both: SplitStatistic = {
        each: [(members) => (new Set(Array.from(members)).size === 2 ? 1 : NaN)],
        images: images(2),
      };
      const { difference, p } = differenceOf([both], [statistic([0, 0])], 200);
      expect(difference).to.deep.equal({ value: 1, low: 1, high: 1 });
      expect(p).to.be.closeTo(2 / 101, 0.006);
    });
  });
});
