import { expect } from 'chai';
import type { RowOutcome } from '../../../../../src/commands/experiment/scores/outcome.js';
import type { RowConfig } from '../../../../../src/commands/experiment/config.js';
import { sweepOverRates, sweepOverRegions } from '../../../../../src/commands/experiment/scores/sweeps.js';
import type { Measure } from '../../../../../src/commands/report/index.js';

const measure: Measure = {
  id: 'accuracy',
  name: 'Accuracy',
  explained: '',
  group: 'recognition',
  unit: 'share',
  better: 'higher',
};

describe('held-out figures against the learning rate', () => {
  const row = (id: string) => ({ kind: 'head', id, name: 'GAP', pooling: 'gap' }) as RowConfig;
  const outcome = (tried: { rate?: number; heldOut: number | null }[]): RowOutcome => ({
    choice: { tried },
    grid: null,
    seeds: [],
  });

  it('a line of each row says whose it is, the best number of epochs at each rate, in order', () => {
    const outcomes = new Map([
      [
        'a',
        outcome([
          { rate: 0.01, heldOut: 0.5 },
          { rate: 0.001, heldOut: 0.4 },
          { rate: 0.001, heldOut: 0.6 },
        ]),
      ],
      [
        'b',
        outcome([
          { rate: 0.01, heldOut: 0.7 },
          { rate: 0.001, heldOut: 0.8 },
          { rate: 0.1, heldOut: null },
        ]),
      ],
      ['c', outcome([{ rate: 0.01, heldOut: 0.7 }])],
    ]);
    const [{ lines }, ...more] = sweepOverRates(measure, ['a', 'b', 'c'].map(row), outcomes);
    expect(more).to.deep.equal([]);
    expect(
      lines.map((line) => [line.name, line.row, line.points.map(({ x, figure }) => [x, figure.value])]),
    ).to.deep.equal([
      [
        'GAP',
        'a',
        [
          [0.001, 0.6],
          [0.01, 0.5],
        ],
      ],
      [
        'GAP',
        'b',
        [
          [0.001, 0.8],
          [0.01, 0.7],
        ],
      ],
    ]);
  });
});

describe('figures against the number of regions', () => {
  it('of rows that differ in nothing else: not those of another layer, or on features divided otherwise', () => {
    const row = (id: string, kMax: number, more: object = {}) =>
      ({ kind: 'head', id, name: id, pooling: { kMax }, ...more }) as RowConfig;
    const rows = [
      row('w3', 3),
      row('w1', 1),
      row('w20', 0.2),
      row('deep', 2, { layer: 'fc6' }),
      row('divided', 5, { normalise: 'regions' }),
    ];
    const results = rows.map(({ id }, i) => ({
      id,
      name: id,
      strategy: 'features',
      details: [],
      figures: { accuracy: { value: i / 10, low: null, high: null } },
    }));
    const outcomes = new Map(
      rows.map(({ id }): [string, RowOutcome] => [id, { choice: null, grid: [10, 10], seeds: [] }]),
    );
    const [
      {
        lines: [{ points }],
      },
    ] = sweepOverRegions('accuracy', 'Accuracy', rows, results, outcomes);
    expect(points.map(({ x, label, figure }) => [x, label, figure.value])).to.deep.equal([
      [0.01, '1', 0.1],
      [0.03, '3', 0],
      [0.2, '20 %', 0.2],
    ]);
  });
});
