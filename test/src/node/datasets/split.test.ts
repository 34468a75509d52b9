import { expect } from 'chai';
import { splitDataSet } from '../../../../src/node/datasets/split.js';
import type { ImageDataSet } from '../../../../src/node/datasets/imageDataSet.js';
import { expectError } from '../../../expectError.js';

/** `counts[c]` images of class c, in the order of the classes. */
function single(counts: readonly number[]): ImageDataSet {
  const images = counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ path: `${label}/${i}`, labels: [label] })),
  );
  return { name: 'rooms', classes: counts.map((_, label) => `class ${label}`), multiLabel: false, images };
}

function count(dataSet: ImageDataSet, label: number): number {
  return dataSet.images.filter(({ labels }) => labels.includes(label)).length;
}

describe('splitDataSet', () => {
  it('feature: every class alike, nothing lost, nothing twice, order kept', () => {
    const all = single([10, 20, 1, 2]);
    const { first, second } = splitDataSet(all, { share: 0.7, seed: 3 });
    expect([0, 1, 2, 3].map((label) => count(first, label))).to.deep.equal([7, 14, 1, 1]);
    expect([0, 1, 2, 3].map((label) => count(second, label))).to.deep.equal([3, 6, 0, 1]);
    const inFirst = new Set(first.images);
    const merged = all.images.filter((image) => inFirst.has(image));
    expect(first.images).to.deep.equal(merged);
    expect(second.images).to.deep.equal(all.images.filter((image) => !inFirst.has(image)));
  });

  it('feature: so many of each class', () => {
    const { first, second } = splitDataSet(single([5, 3, 4]), { perClass: 3, seed: 0 });
    expect([0, 1, 2].map((label) => [count(first, label), count(second, label)])).to.deep.equal([
      [3, 2],
      [3, 0],
      [3, 1],
    ]);
  });

  it('feature: the seed decides, and a class added does not move the others', () => {
    const pathsOf = (counts: readonly number[], seed: number) =>
      splitDataSet(single(counts), { share: 0.5, seed }).first.images.map(({ path }) => path);
    expect(pathsOf([40, 40], 1)).to.deep.equal(pathsOf([40, 40], 1));
    expect(pathsOf([40, 40], 1)).not.to.deep.equal(pathsOf([40, 40], 2));
    expect(pathsOf([40, 40, 40], 1).slice(0, 40)).to.deep.equal(pathsOf([40, 40], 1));
  });

  it('feature: several classes an image, the rare ones in both parts', () => {
    // Of 40 images all show class 0, four class 1, two class 2, and two more nothing.
    const images = Array.from({ length: 42 }, (_, i) => ({
      path: `${i}`,
      labels: i >= 40 ? [] : [0, ...(i % 10 === 0 ? [1] : []), ...(i === 0 || i === 5 ? [2] : [])],
    }));
    const all: ImageDataSet = { name: 'images', classes: ['a', 'b', 'c'], multiLabel: true, images };
    for (const seed of [0, 1, 2, 3]) {
      const { first, second } = splitDataSet(all, { share: 0.5, seed });
      expect([0, 1, 2].map((label) => [count(first, label), count(second, label)])).to.deep.equal([
        [20, 20],
        [2, 2],
        [1, 1],
      ]);
      expect(
        [first, second].map((part) => part.images.filter(({ labels }) => labels.length === 0).length),
      ).to.deep.equal([1, 1]);
    }
  });

  it('exception: shares, counts', () => {
    expectError(
      () => splitDataSet(single([4]), { share: 1, seed: 0 }),
      'Expected share for splitDataSet to be a number with 0 < share < 1 but received 1',
    );
    expectError(
      () => splitDataSet(single([4]), { perClass: 1.5, seed: 0 }),
      'Expected perClass for splitDataSet to be a whole number >= 1 but received 1.5',
    );
    expectError(
      () => splitDataSet(single([4, 2]), { perClass: 3, seed: 0 }),
      'Expected every class of rooms to be one with 3 images or more but received class 1 with 2',
    );
    expectError(
      () => splitDataSet({ ...single([4]), multiLabel: true }, { perClass: 3, seed: 0 }),
      'Expected perClass for splitDataSet to be absent for rooms, where an image may show several classes but received 3',
    );
  });
});
