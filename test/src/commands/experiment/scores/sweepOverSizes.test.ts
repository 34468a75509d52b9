import { expect } from 'chai';
import { sweepOverSizes } from '../../../../../src/commands/experiment/scores/sweeps.js';
import type { MethodConfig } from '../../../../../src/commands/experiment/config.js';

describe('estimates against the size of images', () => {
  const method = (id: string, size: number | undefined, pooling: object | 'gap' = { kMax: 3 }): MethodConfig =>
    ({ kind: 'head', id, name: `WELDON, k = 3, ${size} px`, pooling, size }) as MethodConfig;
  const result = (id: string, value: number) => ({
    id,
    name: id,
    strategy: 'features',
    details: [],
    estimates: { accuracy: { value, low: null, high: null } },
  });

  it('one line through methods that differ in size and number of regions alone, in order', () => {
    const methods = [
      method('b', 448),
      method('a', 224, { kMax: 1 }),
      method('c', 320),
      method('gap', 224, 'gap'),
      method('plain', undefined),
    ];
    const [{ title, lines }, ...more] = sweepOverSizes(
      'accuracy',
      'Accuracy',
      methods,
      methods.map(({ id }, i) => result(id, i / 10)),
    );
    expect(more).to.deep.equal([]);
    expect(title).to.equal('Accuracy against scale');
    expect(lines.map(({ name, points }) => [name, points.map(({ x, estimate }) => [x, estimate.value])])).to.deep.equal(
      [
        [
          'WELDON, k = 3',
          [
            [224, 0.1],
            [320, 0.2],
            [448, 0],
          ],
        ],
      ],
    );
  });

  it('tells lines of one name apart', () => {
    const sizes = [224, 320, 448];
    const methods = [
      ...sizes.map((size) => method(`w${size}`, size)),
      ...sizes.map((size) => method(`t${size}`, size, { kMax: 3, kMin: 0 })),
    ];
    const [{ lines }] = sweepOverSizes(
      'accuracy',
      'Accuracy',
      methods,
      methods.map(({ id }, i) => result(id, i / 10)),
    );
    expect(lines.map(({ name }) => name)).to.deep.equal([
      'WELDON, k = 3 (features, w224)',
      'WELDON, k = 3 (features, t224)',
    ]);
    const other = methods.map((one) =>
      one.id.startsWith('t') ? { ...one, name: one.name.replace('WELDON', 'top') } : one,
    );
    const [{ lines: named }] = sweepOverSizes(
      'accuracy',
      'Accuracy',
      other,
      methods.map(({ id }, i) => result(id, i / 10)),
    );
    expect(named.map(({ name }) => name)).to.deep.equal(['WELDON, k = 3', 'top, k = 3']);
  });

  it('none for two sizes, or two methods of one size', () => {
    const sweep = (methods: MethodConfig[]) =>
      sweepOverSizes(
        'accuracy',
        'Accuracy',
        methods,
        methods.map(({ id }) => result(id, 0.5)),
      );
    expect(sweep([method('a', 224), method('b', 448)])).to.deep.equal([]);
    expect(sweep([method('a', 224), method('b', 448), method('c', 448)])).to.deep.equal([]);
  });
});
