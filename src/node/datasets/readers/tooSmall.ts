import type { ProtocolData } from './index.js';

/** Pictures of each class, by label. */
const countsOf = (classes: readonly string[], images: ProtocolData['splits'][number]['train']['images']) => {
  const counts = classes.map(() => 0);
  images.forEach(({ labels }) =>
    labels.forEach((label) => {
      counts[label]++;
    }),
  );
  return counts;
};

/**
 * Why a data set of which pictures are missing is too small for an experiment; `null` if it is not. It takes two classes
 * with two pictures to train on (one of them to choose by) and one to measure on.
 */
export function tooSmall({ classes, splits: [{ train, test }] }: ProtocolData): string | null {
  const [trained, measured] = [countsOf(classes, train.images), countsOf(classes, test.images)];
  const fit = classes.filter((_, label) => trained[label] >= 2 && measured[label] >= 1).length;
  return fit >= 2
    ? null
    : `Nothing can be trained and measured: that takes two classes or more with two pictures to train on and one to measure on, and ` +
        `there ${fit === 1 ? 'is one' : 'are none'} of ${classes.length}. There are ${train.images.length} pictures to train on and ` +
        `${test.images.length} to measure on`;
}
