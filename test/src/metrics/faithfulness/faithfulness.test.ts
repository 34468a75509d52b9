import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { DeletionInsertion } from '../../../../src/metrics/faithfulness/deletionInsertion.js';
import { AverageDrop } from '../../../../src/metrics/faithfulness/averageDrop.js';
import { DeletionInsertionMetric } from '../../../../src/metrics/faithfulness/deletionInsertion.js';
import { blurredImage } from '../../../../src/metrics/faithfulness/perturbedImages.js';
import { forEachBackend } from '../../../backends.js';
import { refusal } from '../../../refusal.js';
import { tolerances } from '../../../tolerances.js';

const map = (columns: number, ...values: number[]) => ({
  data: Float32Array.from(values),
  rows: values.length / columns,
  columns,
});

/** Probability of class 1: the mean of the image; of class 0: the rest. */
const brightness = (images: tf.Tensor4D) =>
  tf.tidy(() => {
    const mean = tf.mean(images, [1, 2, 3]);
    return tf.stack([tf.sub(1, mean), mean], 1) as tf.Tensor2D;
  });

forEachBackend('faithfulness metrics', (backend) => {
  const tolerance: number = tolerances[backend];
  let before: number;
  let image: tf.Tensor3D;
  beforeEach(() => {
    before = tf.memory().numTensors;
    image = tf.tensor3d([1, 0, 0, 0.5], [2, 2, 1]);
  });
  afterEach(() => {
    image.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });
  const near = (found: readonly number[], wanted: readonly number[]) => {
    expect(found.length).to.equal(wanted.length);
    wanted.forEach((value, i) => expect(found[i], `number ${i}`).to.be.closeTo(value, tolerance));
  };

  it('feature: deletion and insertion by hand', async () => {
    const metric = new DeletionInsertionMetric(brightness, { steps: 4, removed: 0, batchSize: 3 });
    const areas = await metric.update({ image, map: map(2, 4, 1, 2, 3), label: 1 });
    // order: 1, 0.5, 0, 0: sums 1.5, 0.5, 0, 0, 0 of four pixels
    const { deletionCurve, insertionCurve, deletion, insertion, count } = metric.summary();
    near(deletionCurve, [0.375, 0.125, 0, 0, 0]);
    expect(deletion).to.be.closeTo((0.375 / 2 + 0.125) / 4, tolerance);
    expect(areas).to.deep.equal({ deletion, insertion });
    expect(count).to.equal(1);
    expect(insertionCurve[4]).to.be.closeTo(0.375, tolerance);
    await metric.update({ image, map: map(2, 4, 1, 2, 3), label: 0 });
    near(metric.summary().deletionCurve, [0.5, 0.5, 0.5, 0.5, 0.5]);
    const { low, high } = metric.interval({ of: 'deletion', samples: 50 });
    expect(low).to.be.at.most(metric.summary().deletion);
    expect(high).to.be.at.least(metric.summary().deletion);
    metric.reset();
    expect(metric.summary().count).to.equal(0);
  });

  it('feature: insertion puts pixels into the blurred image; deleted ones take the mean', async () => {
    const metric = new DeletionInsertionMetric(brightness, { steps: 2, blur: 1 });
    const wide = tf.tensor3d([1, 0, 0], [1, 3, 1]);
    // weights e^−½ : 1 : e^−½; mirrored: [0 1 0 0 → 1 | 0 | 0], so pixels become c, e, 0 … of side a = e^−½/(1+2e^−½)
    const side = Math.exp(-0.5) / (1 + 2 * Math.exp(-0.5));
    const blurred = blurredImage(wide, 1);
    near([...blurred.dataSync()], [1 - 2 * side, side, 0]);
    blurred.dispose();
    await metric.update({ image: wide, map: map(3, 3, 2, 1), label: 1 });
    // half of three pixels: two
    near(metric.summary().insertionCurve, [(1 - side) / 3, 1 / 3, 1 / 3]);
    near(metric.summary().deletionCurve, [1 / 3, 2 / 9, 1 / 3]);
    wide.dispose();
  });

  it('feature: average drop and increase by hand', async () => {
    const metric = new AverageDrop(brightness, { removed: 0 });
    // through the map 1, 0, 0, 0 only the first pixel is left: 0.25 of 0.375
    const first = await metric.update({ image, map: map(2, 7, 5, 5, 5), label: 1 });
    near([first.whole, first.shown], [0.375, 0.25]);
    // class 0 is what is not bright: 0.625 becomes 0.75
    await metric.update({ image, map: map(2, 7, 5, 5, 5), label: 0 });
    // a constant map shows nothing
    await metric.update({ image, map: map(2, 5, 5, 5, 5), label: 1 });
    const { averageDrop, increase, count } = metric.summary();
    expect(averageDrop).to.be.closeTo((1 / 3 + 0 + 1) / 3, tolerance);
    expect([increase, count]).to.deep.equal([1 / 3, 3]);
    expect(metric.interval({ of: 'increase', samples: 50 }).high).to.be.above(1 / 3);
    metric.reset();
    expect(metric.summary().count).to.equal(0);
  });

  it('feature: a probability that is known is not asked for', async () => {
    let asked = 0;
    const counting = (x: tf.Tensor4D) => {
      asked += x.shape[0];
      return brightness(x);
    };
    const explained = { image, map: map(2, 4, 1, 2, 3), label: 1 };
    const metric = new DeletionInsertionMetric(counting, { steps: 4 });
    const areas = await metric.update(explained);
    expect(asked).to.equal(9);
    const known = await metric.update({ ...explained, whole: 0.375 });
    expect(asked).to.equal(17);
    near([known.deletion, known.insertion], [areas.deletion, areas.insertion]);
    const drop = new AverageDrop(counting);
    const { whole, shown } = await drop.update({ ...explained, whole: 0.375 });
    expect(asked).to.equal(18);
    near([whole, shown], Object.values(await new AverageDrop(brightness).update(explained)));
    expect(await refusal(drop.update({ ...explained, whole: 1.5 }))).to.equal(
      'Expected whole for AverageDrop to be a probability from 0 to 1 but received 1.5',
    );
  });

  it('cardinality: a LayersModel, a promise and any batch size give the same', async () => {
    const input = tfl.input({ shape: [2, 2, 1] });
    const mean = tfl.layers.globalAveragePooling2d({}).apply(input) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: mean });
    const explained = { image, map: map(1, 2, 1), label: 0 };
    const results: DeletionInsertion[] = [];
    for (const [probabilities, batchSize] of [
      [model, 1],
      [model, 100],
      [async (x: tf.Tensor4D) => tf.tidy(() => tf.mean(x, [1, 2]) as tf.Tensor2D), 2],
    ] as const) {
      results.push(await new DeletionInsertionMetric(probabilities, { steps: 5, batchSize }).update(explained));
    }
    results.forEach(({ deletion, insertion }) =>
      near([deletion, insertion], [results[0].deletion, results[0].insertion]),
    );
    model.dispose();
  });

  it('exception: sentences, nothing is taken and nothing is left behind', async () => {
    const metric = new DeletionInsertionMetric(brightness, { steps: 2 });
    expect(await refusal(metric.update({ image, map: map(2, 1, NaN), label: 1 }))).to.equal(
      'Expected the map for DeletionInsertionMetric to be one of finite numbers but received one with NaN or Infinity',
    );
    const plain = new AverageDrop(brightness);
    expect(await refusal(plain.update({ image, map: map(2, 1, 2), label: 2 }))).to.equal(
      'Expected what the model for AverageDrop gives to be [2, classes] with a class 2 but received shape [2, 2]',
    );
    const logits = new AverageDrop((x) => tf.tidy(() => tf.mul(brightness(x), 4) as tf.Tensor2D));
    expect(await refusal(logits.update({ image, map: map(2, 1, 2), label: 0 }))).to.equal(
      'Expected what the model for AverageDrop gives to be probabilities from 0 to 1 but received 2.5',
    );
    expect(
      await refusal(
        new AverageDrop(() => {
          throw new Error('the network fell over');
        }).update({ image, map: map(2, 1, 2), label: 0 }),
      ),
    ).to.equal('the network fell over');
    expect([metric, plain, logits].map((each) => each.summary().count)).to.deep.equal([0, 0, 0]);
    expect(() => new DeletionInsertionMetric(brightness, { steps: 0 })).to.throw(
      'Expected steps for DeletionInsertionMetric to be a whole number >= 1 but received 0',
    );
    expect(() => new AverageDrop(brightness, { removed: NaN })).to.throw(
      "Expected removed for AverageDrop to be 'mean' or a finite number but received NaN",
    );
  });
});
