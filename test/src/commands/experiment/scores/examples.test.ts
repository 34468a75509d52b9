import { expect } from 'chai';
import { examplesOf } from '../../../../../src/commands/experiment/scores/examples.js';
import { rivalOf } from '../../../../../src/metrics/localization/peak.js';

const places = (count: number) =>
  Array.from({ length: count }, () => ({
    boxes: [{ label: 1, x: 1, y: 2, width: 3, height: 4 }],
    width: 20,
    height: 10,
  }));

describe('judged images', () => {
  it('feature: the strongest class that an image does not show', () => {
    expect(rivalOf([9, 1, 3, 2], 1, 3, [1])).to.equal(2);
    expect(rivalOf([9, 1, 3, 2], 1, 3, [2])).to.equal(1);
    expect(rivalOf([1, 1], 0, 2, [0, 1])).to.equal(-1);
  });

  it('feature: the clearest mistake first, with the map of the true class and of the one it was taken for', async () => {
    const images = [0, 1, 1].map((label, i) => ({ path: `/data/${i}.jpg`, labels: [label] }));
    const test = { name: 't', classes: ['cat', 'dog', 'owl'], multiLabel: false, images };
    const outcome = {
      choice: null,
      grid: [1, 2] as [number, number],
      // right by much; wrong, taken for the owl; right by little
      seeds: [
        {
          seed: 1,
          scores: [5, 0, 0, 0, 1, 4, 0, 1, 0.5],
          maps: [[[1, 2]], [[3, 4]], [[5, 6]]],
          rivals: [
            [-1, -2],
            [-3, -4],
            [-5, -6],
          ],
        },
      ],
    };
    const { worst, best } = await examplesOf('w', test, outcome, places(3), (path) => path.slice(6), 2);
    expect(worst.map(({ path }) => path)).to.deep.equal(['1.jpg', '2.jpg']);
    expect(best.map(({ path }) => path)).to.deep.equal(['0.jpg', '2.jpg']);
    expect(
      worst[0].maps.map(({ className, role, values, score }) => ({ className, role, values, score })),
    ).to.deep.equal([
      { className: 'dog', role: 'true', values: [3, 4], score: 1 },
      { className: 'owl', role: 'predicted', values: [-3, -4], score: 4 },
    ]);
    expect(worst[0].maps[1].probability).to.be.closeTo(Math.exp(4) / (1 + Math.E + Math.exp(4)), 1e-6);
    expect(worst[0].boxes).to.deep.equal([{ className: 'dog', x: 1, y: 2, width: 3, height: 4 }]);
    expect(best[0].maps.map(({ className, role }) => ({ className, role }))).to.deep.equal([
      { className: 'cat', role: 'both' },
    ]);
    // Results of trainings that kept no other maps have the true class' alone.
    const { rivals: _, ...older } = outcome.seeds[0];
    const without = await examplesOf('w', test, { ...outcome, seeds: [older] }, places(3), (path) => path);
    expect(without.worst[0].maps.map(({ role }) => role)).to.deep.equal(['true']);
  });

  it('feature: of several labels the least sure one is judged, against the surest other from one half on', async () => {
    const test = {
      name: 't',
      classes: ['sky', 'tree', 'cow'],
      multiLabel: true,
      images: [
        { path: 'a', labels: [0, 1] },
        { path: 'b', labels: [0] },
        { path: 'c', labels: [] },
      ],
    };
    const seeds = [
      { seed: 1, scores: [3, -1, 2, 4, -3, -2, 0, 0, 0], maps: [[[1], [2]], [[3]], []], rivals: [[9], [8], [7]] },
    ];
    const { worst, best } = await examplesOf(
      'w',
      test,
      { choice: null, grid: [1, 1], seeds },
      places(3),
      (path) => path,
    );
    expect(
      worst.map(({ path }) => path),
      'c shows nothing',
    ).to.deep.equal(['a', 'b']);
    expect(worst[0].maps.map(({ className, role, values }) => [className, role, values])).to.deep.equal([
      ['tree', 'true', [2]],
      ['cow', 'predicted', [9]],
    ]);
    expect(best[0].maps.map(({ className, role }) => [className, role])).to.deep.equal([['sky', 'both']]);
  });

  it('cardinality: nothing without maps', async () => {
    const test = { name: 't', classes: ['a', 'b'], multiLabel: false, images: [{ path: 'a', labels: [0] }] };
    expect(
      await examplesOf(
        'w',
        test,
        { choice: null, grid: null, seeds: [{ seed: 1, scores: [1, 0], maps: [] }] },
        null,
        (path) => path,
      ),
    ).to.deep.equal({ worst: [], best: [] });
  });
});
