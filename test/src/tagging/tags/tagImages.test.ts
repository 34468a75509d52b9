import { expect } from 'chai';
import type { FrozenOutput, FrozenPass, NumberArray } from '../../../../src/models/frozenPass.js';
import { energyOf, guardEnergy } from '../../../../src/tagging/tags/guard.js';
import { linearHead, tagImages, tagsOfScores } from '../../../../src/tagging/tags/tagImages.js';
import type { TagModel } from '../../../../src/tagging/tags/tagImages.js';
import { overlapOf, regionOf, rivalGroups } from '../../../../src/tagging/tags/tagRegions.js';
import { expectError } from '../../../expectError.js';
import { refusal } from '../../../refusal.js';

/** A pass that gives the same numbers for every batch, and counts. */
function fixed(outputs: Partial<Record<FrozenOutput, NumberArray>>): FrozenPass & { runs: number } {
  return {
    name: 'fixed',
    outputs: Object.keys(outputs) as FrozenOutput[],
    runs: 0,
    run() {
      this.runs++;
      return Promise.resolve(outputs);
    },
    dispose: () => undefined,
  };
}

const pixels = (batch: number) => ({
  data: new Uint8Array(batch * 3),
  shape: [batch, 1, 1, 3] as [number, number, number, number],
});
const scores = (...rows: number[][]): NumberArray => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});
const classNames = ['coast', 'kitchen', 'crane', 'street', 'crane'];
const model = (parts: Partial<TagModel> = {}): TagModel => ({
  name: 'scenes',
  classNames,
  pass: fixed({ scores: scores([3, 1, 2, 0, 2.5]) }),
  ...parts,
});

describe('tagImages', () => {
  it('the best classes, each name once, never more than the maximum', async () => {
    const [{ tags, verdicts }] = await tagImages([model({ top: 3 })], pixels(1));
    expect(tags.map(({ tag, rank, model: by }) => [tag, rank, by])).to.deep.equal([
      ['coast', 1, 'scenes'],
      ['crane', 2, 'scenes'],
      ['kitchen', 3, 'scenes'],
    ]);
    const sum = [3, 1, 2, 0, 2.5].reduce((total, score) => total + Math.exp(score), 0);
    expect(tags[0].p).to.be.closeTo(Math.exp(3) / sum, 1e-6);
    expect(verdicts).to.have.length(1);
    expect(verdicts[0].reason).to.equal(null);
    expect(verdicts[0].energy).to.be.closeTo(Math.log(sum), 1e-6);
    const [sure] = await tagImages([model({ activation: 'sigmoid' })], pixels(1), { least: 0.9 });
    expect(sure.tags.map(({ tag }) => tag)).to.deep.equal(['coast', 'crane']);
  });

  it('two models on the features of one pass, which runs once', async () => {
    const features = { data: Float32Array.of(1, 0, 3, 0, 0, 2, 0, 0), shape: [2, 1, 2, 2] };
    const pass = fixed({ features });
    const one = { name: 'one', classNames: ['a', 'b'], pass, head: linearHead([1, 0, 0, 1], [0, 0.5]) };
    const two = {
      name: 'two',
      classNames: ['c'],
      pass,
      head: linearHead([1, 1], [0]),
      top: 1,
      activation: 'sigmoid' as const,
    };
    const found = await tagImages([one, two], pixels(2), { regions: true, regionShare: 0.5 });
    expect(pass.runs).to.equal(1);
    expect(found.map(({ tags }) => tags.map(({ tag }) => tag))).to.deep.equal([
      ['a', 'b', 'c'],
      ['b', 'a', 'c'],
    ]);
    // scores 2 and 0.5: the mean of the maps 1, 3 and 0.5, 0.5
    expect(found[0].tags[0].p).to.be.closeTo(1 / (1 + Math.exp(-1.5)), 1e-6);
    expect(found[0].tags[0].region).to.deep.equal({ cells: [1], box: { x: 0.5, y: 0, width: 0.5, height: 1 } });
    expect(found[0].tags.map(({ object }) => object)).to.deep.equal([0, 1, 0]);
  });

  it('a guard by energy, or by a class of its own', async () => {
    const [low] = await tagImages([model({ guard: { energy: 4 } })], pixels(1));
    expect(low.tags).to.deep.equal([]);
    expect(low.verdicts[0].reason).to.equal('unlike what scenes knows: energy 3.77, below 4.00');
    const [none] = await tagImages([model({ guard: { none: 'coast' } })], pixels(1));
    expect(none.verdicts[0].reason).to.equal('unlike what scenes knows: its class "coast" is the likeliest');
    const [some] = await tagImages([model({ guard: { none: 'kitchen' } })], pixels(1));
    expect(some.tags.map(({ tag }) => tag)).to.deep.equal(['coast', 'crane', 'street']);
    expect(guardEnergy([5, 1, 2, 3, 4], 0.8)).to.equal(2);
    expect(guardEnergy([5, 1], 1)).to.equal(1);
    expect(energyOf([1000, 1000])).to.be.closeTo(1000 + Math.log(2), 1e-9);
  });

  it('says why there is no tag', async () => {
    const [{ tags, verdicts }] = await tagImages([model()], pixels(1), { least: 0.99 });
    expect(tags).to.deep.equal([]);
    expect(verdicts[0].reason).to.match(/^nothing above 0\.99: the likeliest is coast with 0\.\d{3}$/);
  });

  it('bad input', async () => {
    expect(await refusal(tagImages([], pixels(1)))).to.equal(
      'Expected the models for tagImages to be one or more, no two of one name but received 0',
    );
    expect(await refusal(tagImages([model(), model()], pixels(1)))).to.contain('no two of one name');
    expect(await refusal(tagImages([model({ guard: { none: 'coats' } })], pixels(1)))).to.contain(
      'received "coats". Nearest: "coast"',
    );
    expect(await refusal(tagImages([model({ head: linearHead([1], [0]) })], pixels(1)))).to.equal(
      'Expected the pass of the model "scenes" to be one that gives features but received one of scores',
    );
    expect(await refusal(tagImages([model()], pixels(2)))).to.equal(
      'Expected the scores of the model scenes to be [2, classes] but received [1, 5]',
    );
    expect(
      await refusal(tagImages([model({ pass: fixed({ scores: scores([1, NaN, 0, 0, 0]) }) })], pixels(1))),
    ).to.contain('score 1 for energyOf to be a finite number but received NaN');
    expect(await refusal(tagImages([model()], pixels(1), { least: 48 }))).to.equal(
      'Expected least for tagImages to be a number from 0 to 1 but received 48',
    );
    expectError(
      () => tagsOfScores(model(), [1], null),
      'Expected the scores of the model scenes to be 5, one per class but received 1',
    );
    expect(() => linearHead([1, 2, 3], [0, 0])).to.throw('3 for 2 biases');
  });
});

describe('regions of tags', () => {
  it('the strongest cells, and a box around the piece with the peak', () => {
    const data = [9, 8, 0, 0, 0, 0, 0, 0, 7];
    expect(regionOf({ data, rows: 3, columns: 3, classes: 1 }, 0, 1 / 3)).to.deep.equal({
      cells: [0, 1, 8],
      box: { x: 0, y: 0, width: 2 / 3, height: 1 / 3 },
    });
    expect(regionOf({ data: [1, 1], rows: 1, columns: 2, classes: 1 }, 0, 0.01).cells).to.deep.equal([0]);
  });

  it('overlap, and rivals for one object', () => {
    expect(overlapOf([1, 2, 3], [2, 3, 4])).to.equal(0.5);
    expect(overlapOf([], [])).to.equal(0);
    expect(
      rivalGroups([
        [1, 2, 3],
        [7, 8],
        [2, 3, 4],
        [8, 9],
      ]),
    ).to.deep.equal([0, 1, 0, 2]);
    expect(
      rivalGroups(
        [
          [1, 2, 3],
          [2, 3, 4],
        ],
        0.6,
      ),
    ).to.deep.equal([0, 1]);
  });
});
