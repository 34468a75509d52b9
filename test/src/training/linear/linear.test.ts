import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { chooseC } from '../../../../src/training/linear/crossValidate.js';
import { linearScores, predictClasses } from '../../../../src/training/linear/linearModel.js';
import { trainLinearSoftmax } from '../../../../src/training/linear/linearSoftmax.js';
import { trainLinearSvm } from '../../../../src/training/linear/linearSvm.js';
import { expectError } from '../../../expectError.js';

interface Case {
  model: string;
  loss?: string;
  c: number;
  weights: number[][];
  biases: number[];
  accuracy: number;
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/linearModels.json', import.meta.url), 'utf8')) as {
  features: number[][];
  labels: number[];
  cases: Case[];
};
const table = { values: Float32Array.from(fixture.features.flat()), size: 5 };
const { labels } = fixture;

function accuracy(predicted: ArrayLike<number>): number {
  return labels.filter((label, i) => label === predicted[i]).length / labels.length;
}

describe('linear models: the numbers of scikit-learn', () => {
  for (const { model, loss, c, weights, biases, accuracy: right } of fixture.cases) {
    it(`${model}${loss ? `, ${loss}` : ''}, C = ${c}`, () => {
      const trained =
        model === 'LinearSVC'
          ? trainLinearSvm(table, labels, {
              c,
              loss: loss === 'hinge' ? 'hinge' : 'squaredHinge',
              tolerance: 1e-8,
              passes: 200_000,
            })
          : trainLinearSoftmax(table, labels, { c, tolerance: 1e-5 });
      expect(trained.converged).to.equal(true);
      weights
        .flat()
        .forEach((weight, i) => expect(trained.weights[i]).to.be.closeTo(weight, 1e-4 * Math.max(1, Math.abs(weight))));
      // Only differences of biases count in a softmax.
      const shift = model === 'LinearSVC' ? 0 : trained.biases[0] - biases[0];
      biases.forEach((bias, i) =>
        expect(trained.biases[i] - shift).to.be.closeTo(bias, 1e-4 * Math.max(1, Math.abs(bias))),
      );
      expect(accuracy(predictClasses(trained, table))).to.be.closeTo(right, 1e-9);
    });
  }
});

describe('linear models', () => {
  const pair = { values: Float32Array.of(1, -1), size: 1 };

  it('feature: two points by hand', () => {
    // Class 0 is at x = 1, class 1 at −1; by symmetry b = 0. Hinge, large C: w = ±1 just meets both margins.
    const hinge = trainLinearSvm(pair, [0, 1], { c: 100, loss: 'hinge', biasScale: 0, tolerance: 1e-9 });
    expect(hinge.weights[0]).to.be.closeTo(1, 1e-6);
    expect(hinge.weights[1]).to.be.closeTo(-1, 1e-6);
    // Squared hinge: ½w² + 2 C (1 − w)² is least at w = 4C / (1 + 4C).
    const squared = trainLinearSvm(pair, [0, 1], { c: 0.5, biasScale: 0, tolerance: 1e-9 });
    expect(squared.weights[0]).to.be.closeTo(2 / 3, 1e-6);
    // Small C, hinge: ½w² + 2 C (1 − w) is least at w = 2C.
    const weak = trainLinearSvm(pair, [0, 1], { c: 0.1, loss: 'hinge', biasScale: 0, tolerance: 1e-9 });
    expect(weak.weights[0]).to.be.closeTo(0.2, 1e-6);
  });

  it('feature: softmax by hand', () => {
    // By symmetry W = (w, −w), b = 0: w = 2C · 1 / (1 + exp(2w)) for both points together.
    const { weights } = trainLinearSoftmax(pair, [0, 1], { c: 1, tolerance: 1e-9 });
    expect(weights[0]).to.be.closeTo(2 / (1 + Math.exp(2 * weights[0])), 1e-7);
    expect(weights[1]).to.be.closeTo(-weights[0], 1e-9);
  });

  it('feature: the same numbers every time', () => {
    expect(trainLinearSvm(table, labels)).to.deep.equal(trainLinearSvm(table, labels));
    expect(trainLinearSoftmax(table, labels)).to.deep.equal(trainLinearSoftmax(table, labels));
  });

  it('feature: scores and classes by hand', () => {
    const model = { classes: 2, size: 2, weights: Float64Array.of(1, 2, -1, 0.5), biases: Float64Array.of(0.25, 0) };
    const rows = { values: Float32Array.of(1, 1, -4, 0), size: 2 };
    expect([...linearScores(model, rows)]).to.deep.equal([3.25, -0.5, -3.75, 4]);
    expect([...predictClasses(model, rows)]).to.deep.equal([0, 1]);
  });

  it('feature: cross-validation takes the smallest of the best', () => {
    // A C that answers class 0 always is right for a third.
    const constant = (classes: number) => ({
      classes: 3,
      size: 5,
      weights: new Float64Array(15),
      biases: Float64Array.from({ length: 3 }, (_, i) => (i === classes ? 1 : 0)),
    });
    const { c, accuracies } = chooseC(
      table,
      labels,
      (part, marks, candidate) => (candidate === 7 ? constant(0) : trainLinearSvm(part, marks, { c: 1 })),
      { candidates: [7, 3, 2], folds: 4 },
    );
    expect(accuracies[0]).to.be.closeTo(1 / 3, 1e-12);
    expect(accuracies[1]).to.equal(accuracies[2]).and.to.be.above(0.6);
    expect(c).to.equal(2);
  });

  it('feature: folds hold every class evenly', () => {
    const sizes: number[] = [];
    chooseC(
      table,
      labels,
      (part, marks) => {
        sizes.push(part.values.length / 5);
        expect([0, 1, 2].map((label) => Array.from(marks).filter((mark) => mark === label).length)).to.satisfy(
          (counts: number[]) => Math.max(...counts) - Math.min(...counts) <= 1,
        );
        return trainLinearSoftmax(part, marks, { steps: 1 });
      },
      { candidates: [1], folds: 5 },
    );
    expect(sizes).to.deep.equal([48, 48, 48, 48, 48]);
  });

  it('exception', () => {
    expectError(
      () => trainLinearSvm(table, labels, { c: 0 }),
      'Expected c for trainLinearSvm to be a finite number > 0 but received 0',
    );
    expectError(
      () => trainLinearSvm(pair, [0, 2]),
      'Expected the labels for trainLinearSvm to be two classes or more, each with an example but received 2 of 3 classes',
    );
    expectError(
      () => trainLinearSvm(pair, [0]),
      'Expected the labels for trainLinearSvm to be 2, one per row but received 1',
    );
    expectError(
      () => trainLinearSoftmax({ values: Float32Array.of(1, NaN), size: 1 }, [0, 1]),
      'Expected the features for trainLinearSoftmax to be finite numbers but received NaN in row 1',
    );
    expectError(
      () => chooseC(pair, [0, 1], (part, marks) => trainLinearSvm(part, marks), { folds: 2 }),
      'Expected class 0 in a cross-validation of 2 folds to be of 2 examples or more but received 1',
    );
  });
});
