import { expectedInWords } from '../../../errors.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { averageProbabilities } from '../../../training/ensembles/combineProbabilities.js';
import { concatenateScores } from '../../../training/ensembles/objectBank.js';
import type { Choice, MethodOutcome, SeedOutcome } from '../outcome.js';
import { rounded } from '../cache/resultCache.js';
import { probabilities } from '../scores/probabilities.js';
import { svmOutcome } from './linearSvm.js';

/**
 * The mean of several methods' probabilities, seed by seed; a method with fewer seeds goes round.
 *
 * @throws WeldonError for a member that gives margins
 */
export function ensembleOf(
  members: readonly MethodOutcome[],
  classes: number,
  multiLabel: boolean,
): Pick<MethodOutcome, 'seeds' | 'scoreKind'> {
  const count = Math.max(...members.map(({ seeds }) => seeds.length));
  const seeds = Array.from({ length: count }, (_, i): SeedOutcome => {
    const mean = averageProbabilities(
      members.map(({ seeds: own, scoreKind }) =>
        probabilities(own[i % own.length].scores, classes, multiLabel, scoreKind),
      ),
    );
    return { seed: members[0].seeds[i % members[0].seeds.length].seed, scores: rounded(mean, 6), maps: [] };
  });
  return { seeds, scoreKind: 'probabilities' };
}

/**
 * Object Bank: the members' scores side by side, as they come from the pooling, and a linear SVM on them.
 *
 * @throws WeldonError for a member without scores of the training images
 */
export function objectBankOf(
  members: readonly MethodOutcome[],
  train: ImageDataSet,
  names: readonly string[],
): { choice: Choice; seeds: SeedOutcome[]; scoreKind: 'margins' } {
  const size = train.classes.length;
  const seeds = Math.max(...members.map((member) => member.seeds.length));
  const all = Array.from({ length: seeds }, (_, i) => {
    const own = members.map((member, at) => {
      const seed = member.seeds[i % member.seeds.length];
      if (seed.trainScores === undefined) {
        throw expectedInWords(
          `method ${names[at]}`,
          'a head on frozen features, to stand in an Object Bank',
          'another',
        );
      }
      return { seed: seed.seed, test: seed.scores, train: seed.trainScores };
    });
    const table = (part: 'test' | 'train') =>
      concatenateScores(own.map((one) => ({ values: Float32Array.from(one[part]), size })));
    const { choice, scores } = svmOutcome(table('train'), train, table('test'), own[0].seed);
    return { choice, seed: { seed: own[0].seed, scores: rounded(scores, 6), maps: [] } };
  });
  return { choice: all[0].choice, seeds: all.map(({ seed }) => seed), scoreKind: 'margins' };
}
