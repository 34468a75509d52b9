import '../../../backends.js';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFloat16, storeFloat16 } from '../../../../src/formats/float16.js';
import { efficientNetLite0 } from '../../../../src/backbones/networks/efficientNetLite0.js';
import { imageBatches } from '../../../../src/node/loading/imageBatches.js';
import { computeFeatures, loadFeatures } from '../../../../src/node/features/computeFeatures.js';
import type { ImageDataSet } from '../../../../src/node/datasets/imageDataSet.js';
import { openFrozenNetwork } from '../../../../src/node/features/frozenNetwork.js';
import { diskFeatureStore } from '../../../../src/node/features/diskFeatureStore.js';
import { imageTensor, prepareImage } from '../../../../src/node/loading/imageTask.js';
import { plainVariant } from '../../../../src/training/augmentation/augmentation.js';
import { extractFeatures } from '../../../../src/training/extractFeatures.js';
import type { FeatureKey, FeatureStore } from '../../../../src/training/featureStore.js';
import { memoryFeatureStore } from '../../../../src/training/featureStore.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { writeGradient } from '../datasets/testImages.js';

const plan = {
  recipe: { input: { colorOrder: 'rgb', scale: 1 / 128, offset: -1 }, resize: { rule: 'warp', size: 64 } },
  batchSize: 3,
  shuffle: null,
  augmentation: { flip: true },
  epochsOfAugmentation: 2,
} as const;

/** A store that counts, and whose contents can be compared. */
function listingStore() {
  const inner = memoryFeatureStore();
  const written = new Map<string, number[]>();
  const name = ({ model, image, preprocessing }: FeatureKey) => [model, image, preprocessing].join(' | ');
  const store: FeatureStore = {
    read: inner.read,
    async write(key, features) {
      written.set(name(key), [...features.shape, ...features.values]);
      return inner.write(key, features);
    },
  };
  return { store, written };
}

describe('computeFeatures', function () {
  const folder = temporaryFolder();
  let dataSet: ImageDataSet;
  let network: tfl.LayersModel;

  before(async () => {
    await tf.setBackend('wasm');
    const images = [];
    for (let i = 0; i < 7; i++) {
      const path = folder.path(`image ${i}.png`);
      await writeGradient(path, 70 + i, 64, 30 * i);
      images.push({ path, labels: [0] });
    }
    dataSet = { name: 'images', classes: ['a'], multiLabel: false, images };
    network = await efficientNetLite0({ include: 'features' });
  });
  after(() => network.dispose());

  it('feature: threads give the same bits and keys as extractFeatures in one process, flipped copies too; nothing leaks', async () => {
    const plain = listingStore();
    for (const epoch of [0, 1]) {
      const data = imageBatches(dataSet, { ...plan, workers: 0 });
      const ofEpoch = { batchesPerEpoch: data.batchesPerEpoch, batches: () => data.batches(epoch, 0) };
      await extractFeatures(network, ofEpoch, { layer: 'stage3', cache: { store: plain.store } });
    }
    expect(plain.written.size).to.equal(14);
    const before = tf.memory().numTensors;
    for (const workers of [0, 2]) {
      const pooled = listingStore();
      const steps: [number, number][] = [];
      const result = await computeFeatures(network, dataSet, {
        ...plan,
        batchSize: workers === 0 ? 3 : 2,
        layer: 'stage3',
        store: pooled.store,
        workers,
        onProgress: (...step) => steps.push(step),
      });
      expect(result).to.deep.equal({ computed: 14, found: 0, stopped: 'finished' });
      expect(new Map([...pooled.written].sort())).to.deep.equal(new Map([...plain.written].sort()));
      expect(steps[0]).to.deep.equal([0, 14]);
      expect(steps.at(-1)).to.deep.equal([14, 14]);
    }
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('feature: stopped, it goes on where it was; a store that says what it has is not read', async () => {
    const disk = diskFeatureStore(folder.path('cache'));
    let reads = 0;
    const store = {
      ...disk,
      read: (key: FeatureKey) => {
        reads++;
        return disk.read(key);
      },
    };
    const options = { ...plan, batchSize: 2, layer: 'stage3', store, workers: 0 };
    const stop = new AbortController();
    const first = await computeFeatures(network, dataSet, {
      ...options,
      signal: stop.signal,
      onProgress: (done) => {
        if (done >= 4) {
          stop.abort();
        }
      },
    });
    expect(first.stopped).to.equal('aborted');
    expect(first.computed).to.be.within(4, 13);
    const second = await computeFeatures(network, dataSet, options);
    expect(second.stopped).to.equal('finished');
    expect(second.found).to.be.within(first.computed, 13); // batches under way may still have been kept
    expect(second.found + second.computed).to.equal(14);
    expect(await computeFeatures(network, dataSet, options)).to.deep.equal({
      computed: 0,
      found: 14,
      stopped: 'finished',
    });
    expect(reads).to.equal(0);
  });

  it('feature: a signal ends threads in the middle of a batch', async () => {
    const stop = new AbortController();
    const { store } = listingStore();
    setTimeout(() => stop.abort(), 300);
    const result = await computeFeatures(network, dataSet, {
      ...plan,
      layer: 'stage3',
      store,
      workers: 2,
      signal: stop.signal,
    });
    expect(result.stopped).to.equal('aborted');
  });

  it('feature: weldon train and experiments find the same bits under the same keys; nothing leaks', async () => {
    const frozen = await openFrozenNetwork({ layer: 'stage3' });
    const before = tf.memory().numTensors;
    const disk = diskFeatureStore(folder.path('both'));
    const { recipe } = plan;
    const input = frozen.input;
    const plain = { recipe: { ...recipe, input }, batchSize: 3, shuffle: null };
    expect(await rejection(loadFeatures(frozen, disk, dataSet.images, recipe.resize))).to.match(
      /^Expected the features of .*image \d\.png to be in the cache but received none$/,
    );
    await computeFeatures(frozen.model, dataSet, { ...plain, layer: 'stage3', store: disk, workers: 0 });
    const { rows, columns, depth, examples } = await loadFeatures(frozen, disk, dataSet.images, recipe.resize);
    expect([rows, columns, depth, examples.length]).to.deep.equal([8, 8, 40, 7]);
    // As training reads them, which computes what it does not find.
    let computed = 0;
    const read: Float32Array[] = [];
    const asTraining: FeatureStore = {
      write: (key, features) => {
        computed++;
        return disk.write(key, features);
      },
      async read(key) {
        const found = await disk.read(key);
        read.push(found?.values ?? new Float32Array());
        return found;
      },
    };
    await extractFeatures(frozen.model, imageBatches(dataSet, { ...plain, workers: 0 }), {
      layer: 'stage3',
      cache: { store: asTraining },
    });
    expect(computed).to.equal(0);
    expect(read).to.deep.equal(examples.map((bits) => readFloat16(bits)));
    // And as deletion and insertion run the network.
    const task = { path: dataSet.images[0].path, rule: recipe.resize, input, variant: plainVariant };
    const image = imageTensor([await prepareImage(task)], [task]);
    const output = frozen.run(image);
    const bits = new Uint16Array(output.size);
    storeFloat16(output.dataSync() as Float32Array, bits);
    expect(bits).to.deep.equal(examples[0]);
    tf.dispose([image, output]);
    expect(tf.memory().numTensors).to.equal(before);
    frozen.dispose();
    expect(await rejection(openFrozenNetwork({ layer: 'stage33' }))).to.match(
      /received \"stage33\".*Nearest: \"stage3\"/,
    );
  });

  it('exception: an unreadable image, named, from a thread; an unknown layer; a layer that threads do not know', async () => {
    const { store } = listingStore();
    const path = folder.write('broken.jpg', 'no image');
    const broken = { ...dataSet, images: [...dataSet.images, { path, labels: [0] }] };
    expect(
      await rejection(computeFeatures(network, dataSet, { ...plan, layer: 'stage3', store, workers: 1000 })),
    ).to.equal('Expected workers to be a whole number from 0 to 64 but received 1000');
    expect(await rejection(computeFeatures(network, broken, { ...plan, layer: 'stage3', store, workers: 1 }))).to.match(
      /^Expected .*broken\.jpg to be a JPEG, PNG, WebP, GIF, AVIF or TIFF image but received a text file/,
    );
    expect(await rejection(computeFeatures(network, dataSet, { ...plan, layer: 'stage9', store }))).to.match(/stage9/);
    class Halved extends tfl.layers.Layer {
      static readonly className = 'HalvedForThisTest';
      override computeOutputShape(shape: tfl.Shape) {
        return shape;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, 0.5);
      }
    }
    tf.serialization.registerClass(Halved);
    const input = tfl.input({ shape: [64, 64, 3] });
    const own = tfl.model({
      inputs: input,
      outputs: new Halved({ name: 'halved' }).apply(input) as tfl.SymbolicTensor,
    });
    const run = (workers: number) => computeFeatures(own, dataSet, { ...plan, layer: 'halved', store, workers });
    expect(await rejection(run(1))).to.equal(
      'A thread cannot build the model: Unknown layer: HalvedForThisTest. Set workers to 0 for a model with layers of your own',
    );
    expect((await run(0)).computed).to.equal(14);
  });
});
