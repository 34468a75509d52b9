import { expect } from 'chai';
import { averageProbabilities, learnEnsembleWeights } from '../../../../src/training/ensembles/combineProbabilities.js';
import { concatenateScores, trainObjectBank } from '../../../../src/training/ensembles/objectBank.js';
import { predictClasses } from '../../../../src/training/linear/linearModel.js';
import { trainLinearSvm } from '../../../../src/training/linear/linearSvm.js';
import { expectError } from '../../../expectError.js';

const close = (values: ArrayLike<number>, expected: number[]) =>
  expected.forEach((value, i) => expect(values[i]).to.be.closeTo(value, 1e-6));

describe('ensembles: probabilities', () => {
  const a = [0.8, 0.2, 0.4, 0.6];
  const b = [0.6, 0.4, 0.2, 0.8];

  it('feature: plain and weighted averages by hand', () => {
    close(averageProbabilities([a, b]), [0.7, 0.3, 0.3, 0.7]);
    close(averageProbabilities([a, b], [3, 1]), [0.75, 0.25, 0.35, 0.65]);
  });

  it('feature: learnt weights by hand', () => {
    // Log-likelihood of the labels 0, 0 under w a + (1 − w) b with facts (0.8, 0.2), (0.2, 0.6):
    // log(0.2 + 0.6 w) + log(0.6 − 0.4 w) is highest where 0.6 (0.6 − 0.4 w) = 0.4 (0.2 + 0.6 w), w = 0.28 / 0.48
    const weights = learnEnsembleWeights(
      [
        [0.8, 0.2, 0.2, 0.8],
        [0.2, 0.8, 0.6, 0.4],
      ],
      [0, 0],
      { labels: 'classNumbers' },
    );
    close(weights, [0.28 / 0.48, 0.2 / 0.48]);
    // the same facts as yes and no of pairs; the unknown one does not count
    close(
      learnEnsembleWeights(
        [
          [0.8, 0.8, 0.5],
          [0.2, 0.4, 0.9],
        ],
        [1, 0, -1],
        { labels: 'multiHot' },
      ),
      weights,
    );
  });

  it('feature: a model that is better everywhere takes all', () => {
    close(
      learnEnsembleWeights(
        [
          [0.9, 0.1],
          [0.6, 0.4],
        ],
        [0],
        { labels: 'classNumbers' },
      ),
      [1, 0],
    );
  });

  it('exception', () => {
    expectError(
      () => averageProbabilities([a, [0.5]]),
      'Expected the probabilities of model 1 for averageProbabilities to be 4, as of model 0 but received 1',
    );
    expectError(
      () => averageProbabilities([[1.5]]),
      'Expected probability 0 of model 0 for averageProbabilities to be a number from 0 to 1 but received 1.5',
    );
    expectError(
      () => averageProbabilities([a, b], [0, 0]),
      'Expected weights for averageProbabilities to be 2 numbers >= 0, one per model, not all 0 but received [0,0]',
    );
    expectError(
      () => learnEnsembleWeights([a, b], [0, 2], { labels: 'classNumbers' }),
      'Expected label 1 for learnEnsembleWeights to be a class number from 0 to 1 but received 2',
    );
    expectError(
      () => averageProbabilities([]),
      'Expected the models for averageProbabilities to be one or more but received none',
    );
  });
});

describe('ensembles: Object Bank', () => {
  // Each block tells one half of the classes apart, together they tell all.
  const rows = Array.from({ length: 24 }, (_, i) => i % 4);
  const noise = (i: number) => ((i * 7) % 5) / 20;
  const first = { values: Float32Array.from(rows, (label, i) => (label < 2 ? 1 : -1) + noise(i)), size: 1 };
  const second = {
    values: Float32Array.from(rows.flatMap((label, i) => [(label % 2 ? 1 : -1) + noise(i), 0])),
    size: 2,
  };

  it('feature: blocks side by side', () => {
    const bank = concatenateScores([
      { values: Float32Array.of(1, 2), size: 1 },
      { values: Float32Array.of(3, 4, 5, 6), size: 2 },
    ]);
    expect(bank.size).to.equal(3);
    expect([...bank.values]).to.deep.equal([1, 3, 4, 2, 5, 6]);
  });

  it('feature: together right where each alone is not; C is chosen', () => {
    const svm = trainObjectBank([first, second], rows, { crossValidation: { candidates: [0.001, 10] } });
    expect([...predictClasses(svm, concatenateScores([first, second]))]).to.deep.equal(rows);
    expect([...predictClasses(trainLinearSvm(first, rows, { c: 10 }), first)]).to.not.deep.equal(rows);
    expect(svm.c).to.be.oneOf([0.001, 10]);
    expect(trainObjectBank([first], rows, { c: 3 }).c).to.equal(3);
  });

  it('exception', () => {
    expectError(
      () => concatenateScores([first, { values: new Float32Array(3), size: 1 }]),
      'Expected block 1 of an Object Bank to be 24 rows of 1, as many as in block 0 but received 3 numbers',
    );
    expectError(
      () => concatenateScores([]),
      'Expected the scores for an Object Bank to be one or more blocks of one or more rows but received none',
    );
  });
});
