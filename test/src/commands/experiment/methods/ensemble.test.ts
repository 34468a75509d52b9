import { expect } from 'chai';
import { ensembleOf } from '../../../../../src/commands/experiment/methods/ensemble.js';
import type { MethodOutcome, ScoreKind } from '../../../../../src/commands/experiment/outcome.js';
import { checkExperimentConfig } from '../../../../../src/commands/experiment/readConfig.js';
import { expectError } from '../../../../expectError.js';

const method = (scores: number[][], scoreKind?: ScoreKind): MethodOutcome => ({
  choice: null,
  grid: null,
  seeds: scores.map((own, i) => ({ seed: i + 1, scores: own, maps: [] })),
  scoreKind,
});

describe('ensembles of the evaluation', () => {
  it("feature: the mean of the members' probabilities, softmax of one and what another has averaged already", () => {
    const log3 = Math.log(3);
    // Softmax: (3/4, 1/4) and (1/4, 3/4); two images, two classes.
    const logits = method([[log3, 0, 0, log3]]);
    const even = method([[0, 0, 5, 5]]);
    const inner = ensembleOf([logits, even], 2, false);
    expect(inner.scoreKind).to.equal('probabilities');
    [0.625, 0.375, 0.375, 0.625].forEach((value, i) => expect(inner.seeds[0].scores[i]).to.be.closeTo(value, 1e-6));
    const outer = ensembleOf([{ choice: null, grid: null, ...inner }, logits], 2, false);
    [0.6875, 0.3125, 0.3125, 0.6875].forEach((value, i) => expect(outer.seeds[0].scores[i]).to.be.closeTo(value, 1e-6));
  });

  it('feature: sigmoid of each score where images show several classes; a member with fewer seeds goes round', () => {
    const log3 = Math.log(3);
    const { seeds } = ensembleOf(
      [
        method([
          [log3, 0],
          [0, 0],
          [-log3, 0],
        ]),
        method([[0, log3]]),
      ],
      2,
      true,
    );
    expect(seeds.map(({ seed }) => seed)).to.deep.equal([1, 2, 3]);
    [
      [0.625, 0.625],
      [0.5, 0.625],
      [0.375, 0.625],
    ].forEach((wanted, s) => wanted.forEach((value, i) => expect(seeds[s].scores[i]).to.be.closeTo(value, 1e-6)));
  });

  it('exception: margins of a linear SVM are no measure of how probable a class is', () => {
    expectError(
      () => ensembleOf([method([[1, 0]]), method([[1, -1]], 'margins')], 2, false),
      'Expected scores that probabilities are made of to be logits or probabilities but received margins of a linear SVM',
    );
  });

  it('exception: a config with members that an ensemble or an Object Bank cannot take is refused at once', () => {
    const config = (more: object) => () =>
      checkExperimentConfig(
        {
          version: 1,
          size: 64,
          dataSet: { kind: 'folder' },
          backbone: { layer: 'top' },
          methods: [
            { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
            { kind: 'head', id: 'w', name: 'W', pooling: { kMax: 3 } },
            { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'gap' },
            { kind: 'gradCam', id: 'cam', name: 'Grad-CAM', of: 'gap' },
            { kind: 'fineTune', id: 'ft', name: 'FT', pooling: 'gap', rates: [1e-3], epochs: [1] },
            { kind: 'ensemble', id: 'both', name: 'Both', of: ['gap', 'w'] },
            { kind: 'objectBank', id: 'bank', name: 'Bank', of: ['gap', 'w'] },
            { id: 'x', name: 'X', ...more },
          ],
        },
        'run.json',
      );
    expect(config({ kind: 'ensemble', of: ['both', 'ft'] })().methods).to.have.length(8);
    const probable =
      'Expected of in method x of run.json to be ids of methods of kind ' +
      "'head', 'fineTune', 'scratch' or 'ensemble' but received ";
    expectError(config({ kind: 'ensemble', of: ['gap', 'svm'] }), `${probable}svm, of kind 'svm', among them`);
    expectError(config({ kind: 'ensemble', of: ['bank', 'w'] }), `${probable}bank, of kind 'objectBank', among them`);
    expectError(config({ kind: 'ensemble', of: ['gap', 'cam'] }), `${probable}cam, of kind 'gradCam', among them`);
    expectError(
      config({ kind: 'objectBank', of: ['gap', 'ft'] }),
      "Expected of in method x of run.json to be ids of methods of kind 'head' but received ft, of kind 'fineTune', " +
        'among them',
    );
  });
});
