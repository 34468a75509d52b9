import { expect } from 'chai';
import type { MethodOutcome } from '../../../../../src/commands/experiment/outcome.js';
import type { MethodConfig } from '../../../../../src/commands/experiment/config.js';
import { sweepOverRates, sweepOverRegions } from '../../../../../src/commands/experiment/scores/sweeps.js';
import type { Metric } from '../../../../../src/commands/report/results.js';

const metric: Metric = {
  id: 'accuracy',
  name: 'Accuracy',
  explained: '',
  group: 'recognition',
  unit: 'share',
  better: 'higher',
};

describe('held-out estimates against the learning rate', () => {
  const method = (id: string) => ({ kind: 'head', id, name: 'GAP', pooling: 'gap' }) as MethodConfig;
  const outcome = (tried: { rate?: number; heldOut: number | null }[]): MethodOutcome => ({
    choice: { tried },
    grid: null,
    seeds: [],
  });

  it('a line of each method says whose it is, the best number of epochs at each rate, in order', () => {
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
    const [{ lines }, ...more] = sweepOverRates(metric, ['a', 'b', 'c'].map(method), outcomes);
    expect(more).to.deep.equal([]);
    expect(
      lines.map((line) => [line.name, line.method, line.points.map(({ x, estimate }) => [x, estimate.value])]),
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

describe('estimates against the number of regions', () => {
  it('of methods that differ in nothing else: not those of another layer, or on features divided otherwise', () => {
    const method = (id: string, kMax: number, more: object = {}) =>
      ({ kind: 'head', id, name: id, pooling: { kMax }, ...more }) as MethodConfig;
    const methods = [
      method('w3', 3),
      method('w1', 1),
      method('w20', 0.2),
      method('deep', 2, { layer: 'fc6' }),
      method('divided', 5, { normalize: 'regions' }),
    ];
    const results = methods.map(({ id }, i) => ({
      id,
      name: id,
      strategy: 'features',
      details: [],
      estimates: { accuracy: { value: i / 10, low: null, high: null } },
    }));
    const outcomes = new Map(
      methods.map(({ id }): [string, MethodOutcome] => [id, { choice: null, grid: [10, 10], seeds: [] }]),
    );
    const [
      {
        lines: [{ points }],
      },
    ] = sweepOverRegions('accuracy', 'Accuracy', methods, results, outcomes);
    expect(points.map(({ x, label, estimate }) => [x, label, estimate.value])).to.deep.equal([
      [0.01, '1', 0.1],
      [0.03, '3', 0],
      [0.2, '20 %', 0.2],
    ]);
  });
});
