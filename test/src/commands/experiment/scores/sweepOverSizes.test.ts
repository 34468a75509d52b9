import { expect } from 'chai';
import { sweepOverSizes } from '../../../../../src/commands/experiment/scores/sweeps.js';
import type { RowConfig } from '../../../../../src/commands/experiment/config.js';

describe('figures against the size of images', () => {
  const row = (id: string, size: number | undefined, pooling: object | 'gap' = { kMax: 3 }): RowConfig =>
    ({ kind: 'head', id, name: `WELDON, k = 3, ${size} px`, pooling, size }) as RowConfig;
  const result = (id: string, value: number) => ({
    id,
    name: id,
    strategy: 'features',
    details: [],
    figures: { accuracy: { value, low: null, high: null } },
  });

  it('one line through rows that differ in size and number of regions alone, in order', () => {
    const rows = [
      row('b', 448),
      row('a', 224, { kMax: 1 }),
      row('c', 320),
      row('gap', 224, 'gap'),
      row('plain', undefined),
    ];
    const [{ title, lines }, ...more] = sweepOverSizes(
      'accuracy',
      'Accuracy',
      rows,
      rows.map(({ id }, i) => result(id, i / 10)),
    );
    expect(more).to.deep.equal([]);
    expect(title).to.equal('Accuracy against scale');
    expect(lines.map(({ name, points }) => [name, points.map(({ x, figure }) => [x, figure.value])])).to.deep.equal([
      [
        'WELDON, k = 3',
        [
          [224, 0.1],
          [320, 0.2],
          [448, 0],
        ],
      ],
    ]);
  });

  it('tells lines of one name apart', () => {
    const sizes = [224, 320, 448];
    const rows = [
      ...sizes.map((size) => row(`w${size}`, size)),
      ...sizes.map((size) => row(`t${size}`, size, { kMax: 3, kMin: 0 })),
    ];
    const [{ lines }] = sweepOverSizes(
      'accuracy',
      'Accuracy',
      rows,
      rows.map(({ id }, i) => result(id, i / 10)),
    );
    expect(lines.map(({ name }) => name)).to.deep.equal([
      'WELDON, k = 3 (features, w224)',
      'WELDON, k = 3 (features, t224)',
    ]);
    const other = rows.map((one) =>
      one.id.startsWith('t') ? { ...one, name: one.name.replace('WELDON', 'top') } : one,
    );
    const [{ lines: named }] = sweepOverSizes(
      'accuracy',
      'Accuracy',
      other,
      rows.map(({ id }, i) => result(id, i / 10)),
    );
    expect(named.map(({ name }) => name)).to.deep.equal(['WELDON, k = 3', 'top, k = 3']);
  });

  it('none for two sizes, or two rows of one size', () => {
    const sweep = (rows: RowConfig[]) =>
      sweepOverSizes(
        'accuracy',
        'Accuracy',
        rows,
        rows.map(({ id }) => result(id, 0.5)),
      );
    expect(sweep([row('a', 224), row('b', 448)])).to.deep.equal([]);
    expect(sweep([row('a', 224), row('b', 448), row('c', 448)])).to.deep.equal([]);
  });
});
