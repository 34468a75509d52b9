import '../../../backends.js';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelRecipe } from '../../../../src/models/recipe.js';
import { prepareImages } from '../../../../src/models/prepareImages.js';
import { imageBatches } from '../../../../src/node/loading/imageBatches.js';
import type { ImageDataSet } from '../../../../src/node/datasets/imageDataSet.js';
import type { ImageBatches, ImageBatchesOptions } from '../../../../src/node/loading/imageBatches.js';
import { readImage } from '../../../../src/node/images/readImage.js';
import { resizeForModel } from '../../../../src/node/images/readForModel.js';
import type { TrainingBatch } from '../../../../src/training/trainingData.js';
import { expectError } from '../../../expectError.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { writeGradient } from '../datasets/testImages.js';

const recipe: Pick<ModelRecipe, 'input' | 'resize'> = {
  input: { colorOrder: 'bgr', scale: [0.017, 0.018, 0.019], offset: [-2, -2.1, -2.2] },
  resize: { rule: 'crop', size: 16 },
};
const everything: ImageBatchesOptions['augmentation'] = {
  crop: {},
  flip: true,
  rotation: 15,
  color: { brightness: 0.3, contrast: 0.3, saturation: 0.3 },
  sizes: [12, 16, 20],
};

describe('imageBatches', () => {
  const folder = temporaryFolder();
  let photos: ImageDataSet;
  before(async () => {
    await tf.setBackend('cpu');
    const images = [];
    for (let i = 0; i < 10; i++) {
      const path = folder.path(`image ${i}.png`);
      await writeGradient(path, 30 + i, 24, 20 * i);
      images.push({ path, labels: [i % 3] });
    }
    photos = { name: 'images', classes: ['a', 'b', 'c'], multiLabel: false, images };
  });

  /** all of an epoch: values, labels and keys per batch */
  async function take(data: ImageBatches, epoch = 0, from = 0) {
    const taken: { values: number[]; shape: number[]; labels: number[]; keys: TrainingBatch['keys'] }[] = [];
    for await (const batch of data.batches(epoch, from)) {
      const images = await (batch.images as () => Promise<tf.Tensor>)();
      taken.push({
        values: [...(await images.data())],
        shape: images.shape,
        labels: [...(await batch.labels.data())],
        keys: batch.keys,
      });
      tf.dispose([images, batch.labels]);
    }
    await data.close();
    return taken;
  }

  it("cardinality: batches, shapes, labels in the data set's order, the last batch smaller", async () => {
    const before = tf.memory().numTensors;
    const taken = await take(imageBatches(photos, { recipe, batchSize: 4, shuffle: null, workers: 0 }));
    expect(taken.map(({ shape }) => shape)).to.deep.equal([
      [4, 16, 16, 3],
      [4, 16, 16, 3],
      [2, 16, 16, 3],
    ]);
    expect(taken.flatMap(({ labels }) => labels)).to.deep.equal([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('feature: pixels are those that heat maps are made of, key words and hashes those of the file', async () => {
    const [{ values, keys }] = await take(
      imageBatches(photos, { recipe, size: 12, batchSize: 1, shuffle: null, workers: 1 }),
    );
    const { path } = photos.images[0];
    const { pixels, width, height } = await resizeForModel(await readImage(path), { rule: 'crop', size: 12 });
    const expected = prepareImages({ data: pixels, width, height }, recipe, { prepared: true });
    expect(values).to.deep.equal([...expected.dataSync()]);
    expected.dispose();
    expect(keys).to.deep.equal([
      {
        image: createHash('sha256').update(readFileSync(path)).digest('hex'),
        preprocessing: 'pixels 1: crop 12 usual; bgr, times 0.017,0.018,0.019, plus -2,-2.1,-2.2',
      },
    ]);
  });

  it('feature: the same bits with no thread, with one and with three, in any prefetch, from any batch on', async () => {
    const options = { recipe, batchSize: 3, shuffle: 5, augmentation: everything };
    const expected = await take(imageBatches(photos, { ...options, workers: 0, prefetch: 0 }), 2);
    expect(new Set(expected.map(({ shape }) => shape[1])).size).to.be.greaterThan(1);
    expect(await take(imageBatches(photos, { ...options, workers: 1, prefetch: 0 }), 2)).to.deep.equal(expected);
    expect(await take(imageBatches(photos, { ...options, workers: 3, prefetch: 5 }), 2)).to.deep.equal(expected);
    expect(await take(imageBatches(photos, { ...options, workers: 2 }), 2, 2)).to.deep.equal(expected.slice(2));
    expect(await take(imageBatches(photos, { ...options, workers: 0 }), 3)).not.to.deep.equal(expected);
  });

  it('feature: labels of several classes as multi-hot rows', async () => {
    const several = {
      ...photos,
      multiLabel: true,
      images: photos.images.slice(0, 3).map(({ path }, i) => ({ path, labels: [[], [2], [0, 1]][i] })),
    };
    const [{ labels }] = await take(imageBatches(several, { recipe, batchSize: 3, shuffle: null, workers: 0 }));
    expect(labels).to.deep.equal([0, 0, 0, 0, 0, 1, 1, 1, 0]);
  });

  it('feature: mirrored copies are exact, and draws begin again after epochsOfAugmentation', async () => {
    const data = imageBatches(photos, {
      recipe,
      batchSize: 1,
      shuffle: null,
      workers: 0,
      augmentation: { flip: true },
      epochsOfAugmentation: 2,
    });
    const [first, second, third] = [await take(data, 0), await take(data, 1), await take(data, 2)];
    expect(third).to.deep.equal(first);
    first.forEach(({ values, keys }, i) => {
      const mirrored = tf.tidy(() => [...tf.reverse(tf.tensor3d(values, [16, 16, 3]), 1).dataSync()]);
      expect(second[i].values).to.deep.equal(mirrored);
      const words = [keys?.[0].preprocessing, second[i].keys?.[0].preprocessing].sort();
      expect(words[1]).to.equal(`${words[0]}; flip`);
    });
  });

  it('feature: turns clockwise about the centre, what is outside is mirrored', async () => {
    const side = 33;
    const path = folder.path('quarter.png');
    await writeGradient(path, side, side);
    const square: ImageDataSet = { name: 'square', classes: ['a'], multiLabel: false, images: [{ path, labels: [0] }] };
    const plainRecipe = {
      input: { colorOrder: 'rgb', scale: 1, offset: 0 },
      resize: { rule: 'warp', size: side },
    } as const;
    const options = { recipe: plainRecipe, batchSize: 1, shuffle: null, workers: 0 };
    for (let epoch = 0; epoch < 4; epoch++) {
      const [{ values, keys }] = await take(
        imageBatches(square, { ...options, augmentation: { rotation: 30 } }),
        epoch,
      );
      const degrees = Number(/rotate (-?[\d.]+)/.exec(keys?.[0].preprocessing ?? '')?.[1]);
      const angle = (degrees * Math.PI) / 180;
      const centre = (side - 1) / 2;
      // Red grows to the right and green downwards, so colours say where a pixel came from; borders are left out.
      for (let row = 8; row < side - 8; row++) {
        for (let column = 8; column < side - 8; column++) {
          const [dx, dy] = [column - centre, row - centre];
          const fromX = centre + dx * Math.cos(angle) + dy * Math.sin(angle);
          const fromY = centre - dx * Math.sin(angle) + dy * Math.cos(angle);
          const at = (row * side + column) * 3;
          expect(values[at], `red at ${column}, ${row}, ${degrees}°`).to.be.closeTo((255 * fromX) / (side - 1), 1.5);
          expect(values[at + 1], `green at ${column}, ${row}, ${degrees}°`).to.be.closeTo(
            (255 * fromY) / (side - 1),
            1.5,
          );
        }
      }
      // No corner is black: 0 is blue's value everywhere, and red and green are 0 in one corner only.
      const corners = [0, side - 1, side * (side - 1), side * side - 1].map((i) => values[3 * i] + values[3 * i + 1]);
      expect(corners.filter((sum) => sum > 20).length, `corners at ${degrees}°`).to.be.greaterThanOrEqual(3);
    }
  });

  it('feature: makes nothing ahead while features come from a cache, and goes on when images are wanted again', async () => {
    const data = imageBatches(photos, { recipe, batchSize: 1, shuffle: null, workers: 1 });
    for await (const batch of data.batches(0, 0)) {
      batch.labels.dispose(); // as where all features are cached
    }
    // Now nothing is wanted: an image that has gone is missed only where it is asked for.
    const { path } = photos.images[1];
    const bytes = readFileSync(path);
    unlinkSync(path);
    let asked = 0;
    try {
      for await (const batch of data.batches(0, 0)) {
        batch.labels.dispose();
        if (asked === 1) {
          expect(await rejection((batch.images as () => Promise<tf.Tensor>)())).to.match(/image 1\.png to be a JPEG/);
        } else if (asked > 1) {
          (await (batch.images as () => Promise<tf.Tensor>)()).dispose();
        }
        asked++;
      }
    } finally {
      folder.write('image 1.png', bytes);
      await data.close();
    }
    expect(asked).to.equal(10);
  });

  it('feature: break ends the threads, and another epoch starts them again; close in the middle refuses', async () => {
    const data = imageBatches(photos, { recipe, batchSize: 2, shuffle: 0, workers: 2, augmentation: everything });
    const expected = await take(data);
    for await (const batch of data.batches(0, 0)) {
      batch.labels.dispose();
      break;
    }
    expect(await take(data)).to.deep.equal(expected);
    for await (const batch of data.batches(0, 0)) {
      batch.labels.dispose();
      await data.close();
      const outcome = await (batch.images as () => Promise<tf.Tensor>)().then(
        (images) => images.dispose(),
        (error: Error) => error.message,
      );
      expect(outcome ?? 'made already').to.match(/they have ended|made already/);
      break;
    }
  });

  it('exception: an unreadable image, named, from a thread and without', async () => {
    const path = folder.write('broken.jpg', readFileSync(photos.images[0].path).subarray(0, -30));
    const broken = { ...photos, images: [...photos.images.slice(0, 2), { path, labels: [0] }] };
    for (const workers of [0, 2]) {
      const data = imageBatches(broken, { recipe, batchSize: 3, shuffle: null, workers });
      const failure = await rejection(take(data));
      // Which of the two depends on whether another thread has wiped out the decoder's reason meanwhile.
      expect(failure).to.be.oneOf([
        `Expected ${path} to be a complete image but received one that is cut off: copy or download it again`,
        `Expected ${path} to be a sound image but received a damaged one: copy or download it again`,
      ]);
    }
    const gone = { ...photos, images: [{ path: join(folder.path('nowhere'), 'a.jpg'), labels: [0] }] };
    expect(await rejection(take(imageBatches(gone, { recipe, batchSize: 3, shuffle: null, workers: 0 })))).to.match(
      /^Expected .*a\.jpg to be an image file/,
    );
  });

  it('exception: images of several sizes under the rule fit', async () => {
    const fit = { ...recipe, resize: { rule: 'fit', size: 16 } } as const;
    expect(
      await rejection(take(imageBatches(photos, { recipe: fit, batchSize: 2, shuffle: null, workers: 0 }))),
    ).to.equal(
      `Expected the images of a batch to be all of the network size of ${photos.images[2].path}, 21×16 but received ` +
        `22×16 for ${photos.images[3].path}: resize by 'warp' or 'crop', or take batchSize 1`,
    );
  });

  it('exception: options', () => {
    const options = { recipe, batchSize: 2, shuffle: 0 };
    expectError(
      () => imageBatches(photos, { ...options, batchSize: 0 }),
      'Expected batchSize for imageBatches to be a whole number >= 1 but received 0',
    );
    expectError(
      () => imageBatches(photos, { ...options, size: 3.5 }),
      'Expected size for imageBatches to be a whole number >= 1 but received 3.5',
    );
    expectError(
      () => imageBatches(photos, { ...options, prefetch: -1 }),
      'Expected prefetch for imageBatches to be a whole number >= 0 but received -1',
    );
    expectError(
      () => imageBatches(photos, { ...options, workers: 1.5 }),
      'Expected workers to be a whole number from 0 to 64 but received 1.5',
    );
    expectError(
      () => imageBatches(photos, { ...options, epochsOfAugmentation: 0 }),
      'Expected epochsOfAugmentation for imageBatches to be a whole number >= 1 but received 0',
    );
    expectError(
      () => imageBatches({ ...photos, images: [] }, options),
      'Expected the data set images to be one with images but received none',
    );
  });
});
