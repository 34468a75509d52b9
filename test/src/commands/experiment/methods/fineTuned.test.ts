import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readdirSync, rmSync } from 'node:fs';
import { gradCamOfNetworks } from '../../../../../src/commands/experiment/methods/gradCam.js';
import { openSavedNetwork } from '../../../../../src/commands/experiment/cache/savedModels.js';
import { rivalOf } from '../../../../../src/metrics/localization/peak.js';
import type { TrainedMethod } from '../../../../../src/commands/experiment/config.js';
import { checkExperimentConfig } from '../../../../../src/commands/experiment/readConfig.js';
import { openResultCache } from '../../../../../src/commands/experiment/cache/resultCache.js';
import { trainedMethod } from '../../../../../src/commands/experiment/methods/fineTuned.js';
import { attachWeldon, layerOutput } from '../../../../../src/models/attachWeldon.js';
import type { ImageDataSet } from '../../../../../src/node/datasets/imageDataSet.js';
import { readClassFolders } from '../../../../../src/node/datasets/classFolders.js';
import { imageBatches } from '../../../../../src/node/loading/imageBatches.js';
import { memoryFeatureStore } from '../../../../../src/training/featureStore.js';
import { chain, seedWeights } from '../../../models/smallModels.js';
import '../../../../backends.js';
import { smallClassFolders } from '../../../node/smallImages.js';
import { temporaryFolder } from '../../../node/temporaryFolder.js';

const input = { colorOrder: 'rgb' as const, scale: 1 / 127.5, offset: -1 };
const resize = { rule: 'warp' as const, size: 16 };
const seed = 4;

/** 16 × 16 → 8 × 8 → 4 × 4 places; the same weights at every call. */
async function open() {
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const conv = (filters: number, name: string) =>
    tfl.layers.conv2d({ filters, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu', name });
  const model = seedWeights(
    tfl.model({ inputs: image, outputs: chain(image, conv(4, 'stem'), conv(5, 'top')), name: 'toy' }),
    5,
    0.5,
  );
  return { model, input, layer: 'top' };
}

/** The maps `[images][channels][places]` that an untrained head makes. */
async function untrainedMaps(set: ImageDataSet, maps: number): Promise<number[][][]> {
  const { model: backbone } = await open();
  const model = attachWeldon(backbone, { classes: 3, maps, seed });
  const toMaps = tfl.model({ inputs: model.inputs, outputs: layerOutput(model, 'class_maps') });
  const batches = imageBatches(set, {
    recipe: { input, resize },
    batchSize: set.images.length,
    shuffle: null,
    workers: 0,
  });
  let values: number[][][][] = [];
  for await (const { images, labels } of batches.batches(0, 0)) {
    const pixels = await (images as () => Promise<tf.Tensor>)();
    values = tf.tidy(() => (toMaps.predict(pixels) as tf.Tensor4D).arraySync());
    tf.dispose([pixels, labels]);
  }
  await batches.close();
  model.dispose();
  backbone.dispose();
  return values.map((rows) => {
    const regions = rows.flat();
    return regions[0].map((_, channel) => regions.map((region) => region[channel]));
  });
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const falling = (values: number[]) => [...values].sort((a, b) => b - a);

describe('trainedMethod', function () {
  const folder = temporaryFolder();
  let train: ImageDataSet;
  let test: ImageDataSet;
  before(async () => {
    await tf.setBackend('cpu');
    await smallClassFolders(folder.path('train'), 3);
    await smallClassFolders(folder.path('test'), 2, 100);
    [train, test] = await Promise.all(['train', 'test'].map((name) => readClassFolders(folder.path(name))));
  });

  const run = (
    method: TrainedMethod,
    told: [string, number, number][] = [],
    notices: string[] = [],
    more: Partial<Parameters<typeof trainedMethod>[0]> = {},
  ) =>
    trainedMethod({
      method,
      train,
      test,
      heldOut: 0.34,
      seeds: [seed],
      open,
      resize,
      store: memoryFeatureStore(),
      source: 'test',
      withMaps: true,
      resultCache: openResultCache(folder.path(`results-${method.id}`), () => undefined),
      folder: folder.path(`checkpoints-${method.id}`),
      onProgress: (what, done, epochs) => told.push([what, done, epochs]),
      notice: (sentence) => notices.push(sentence),
      ...more,
    });
  const plain = { kind: 'fineTune' as const, name: '', trainFrom: 'stem', rates: [1e-12], epochs: [2], batchSize: 4 };
  const quarter = { kMax: 0.25, kMin: null, reduction: 'halfMean' as const };
  // 4 of the 16 regions, highest and lowest.
  const both = (alpha: number) => (map: number[]) =>
    (mean(falling(map).slice(0, 4)) + alpha * mean(falling(map).slice(-4))) / 2;

  const methods: [TrainedMethod, maps: number, pooled: (map: number[]) => number][] = [
    [{ ...plain, id: 'gap', pooling: 'gap' }, 1, mean],
    [{ ...plain, id: 'w', pooling: quarter }, 1, both(1)],
    [{ ...plain, id: 'alpha', pooling: { ...quarter, alpha: 0.7 } }, 1, both(0.7)],
    [{ ...plain, id: 'top', pooling: { ...quarter, kMin: 0 } }, 1, (map) => mean(falling(map).slice(0, 4))],
    [{ ...plain, id: 'maps', pooling: quarter, maps: 3 }, 3, both(1)],
    [{ ...plain, id: 'drop', pooling: quarter, dropMap: 0.5, backboneRate: 1 }, 1, both(1)],
    [{ ...plain, id: 'schedule', pooling: quarter, poolingSchedule: { from: 0.9 } }, 1, both(1)],
    [{ ...plain, id: 'two', pooling: quarter, headEpochs: 1 }, 1, both(1)],
    [{ ...plain, id: 'scratch', kind: 'scratch', trainFrom: undefined, pooling: quarter }, 1, both(1)],
  ];
  for (const [method, count, pooled] of methods) {
    it(`feature: method ${method.id} pools as it says and keeps the maps of what images show`, async () => {
      const {
        seeds: [outcome],
        grid,
      } = await run(method);
      const channels = await untrainedMaps(test, count);
      expect(grid).to.deep.equal([4, 4]);
      test.images.forEach(({ labels: [label] }, i) => {
        // Maps of one class stand side by side, and are averaged before the pooling.
        const maps = [0, 1, 2].map((c) =>
          channels[i][0].map((_, r) => mean(channels[i].slice(c * count, (c + 1) * count).map((map) => map[r]))),
        );
        maps.forEach((map, c) =>
          expect(outcome.scores[3 * i + c], `image ${i}, class ${c}`).to.be.closeTo(pooled(map), 1e-4),
        );
        expect(outcome.maps[i]).to.have.length(1);
        maps[label].forEach((value, r) => expect(outcome.maps[i][0][r]).to.be.closeTo(value, 1e-3));
        const rival = rivalOf(outcome.scores, 3 * i, 3, [label]);
        maps[rival].forEach((value, r) => expect(outcome.rivals?.[i][r]).to.be.closeTo(value, 1e-3));
      });
    });
  }

  it('feature: what a method says changes what is learnt', async () => {
    const learnt = async (more: Partial<TrainedMethod>) =>
      (
        await run({
          ...plain,
          id: `learnt-${JSON.stringify(more).replace(/\W/g, '')}`,
          rates: [0.02],
          pooling: quarter,
          ...more,
        })
      ).seeds[0].scores;
    const all = [
      await learnt({}),
      await learnt({ dropMap: 0.5 }),
      await learnt({ poolingSchedule: { from: 0.9 } }),
      await learnt({ headEpochs: 1 }),
      await learnt({ backboneRate: 1 }),
    ];
    expect(new Set(all.map((scores) => JSON.stringify(scores))).size).to.equal(all.length);
  });

  it('feature: tells of the first step and of every epoch, chooses by the held-out images, leaves results alone behind', async () => {
    const told: [string, number, number][] = [];
    const method: TrainedMethod = { ...plain, id: 'choose', rates: [1e-3, 1e-2], pooling: quarter, headEpochs: 1 };
    const { choice } = await run(method, told);
    expect(choice.tried.map(({ rate, epochs }) => [rate, epochs])).to.deep.equal([
      [1e-3, 2],
      [1e-2, 2],
    ]);
    const best = Math.max(...choice.tried.map(({ heldOut }) => heldOut as number));
    // One epoch of the head alone and two of all.
    expect(choice.curve?.losses).to.have.length(3);
    expect(choice.curve?.heldOut).to.deep.equal([{ epoch: 3, value: best }]);
    expect(choice.tried.find(({ heldOut }) => heldOut === best)?.rate).to.equal(choice.rate);
    // Six images to choose on are 2 batches an epoch, all nine are 3.
    const seedResult = `choose, seed-${seed}-${choice.rate}-2`;
    expect(told).to.deep.equal(
      [
        ['choose, choose-0.001-2', 1 / 2],
        ['choose, choose-0.01-2', 1 / 2],
        [seedResult, 1 / 3],
      ].flatMap(([what, first]) => [
        [what, first, 3],
        [what, 1, 3],
        [what, 2, 3],
        [what, 3, 3],
      ]),
    );
    const kept = readdirSync(folder.path('results-choose')).map((name) => name.replace(/-[0-9a-f]{16}\.json$/, ''));
    expect(kept.sort()).to.deep.equal([
      'choose-choose-0.001-2',
      'choose-choose-0.01-2',
      'choose-losses-choose-0.001-2',
      'choose-losses-choose-0.01-2',
      `choose-losses-seed-${seed}-${choice.rate}-2`,
      `choose-seed-${seed}-${choice.rate}-2`,
    ]);
    expect(readdirSync(folder.path('checkpoints-choose'))).to.deep.equal([]);
  });

  it('feature: a network is saved where it is wanted, trained again where its result is older; Grad-CAM explains it', async () => {
    const method: TrainedMethod = { ...plain, id: 'kept', rates: [0.02], pooling: quarter, maps: 2 };
    const resultCache = openResultCache(folder.path('results-kept'), () => undefined);
    const first = await run(method);
    const [trainings, notices]: string[][] = [[], []];
    expect(first.seeds[0].network).to.equal(undefined);
    const files = readdirSync(folder.path('results-kept')).sort();
    const networks = { folder: folder.path('networks'), wanted: (own: number) => own === seed };
    const tensors = tf.memory().numTensors;
    const onProgress = (what: string) => trainings.push(what);
    const again = await run(method, [], notices, { networks, onProgress });
    expect(notices).to.deep.equal([
      `Method kept, seed-${seed}-0.02-2, is trained again: its network, of which maps are asked, is not there whole`,
    ]);
    expect(trainings).not.to.have.length(0);
    const { network, ...outcome } = again.seeds[0];
    expect(outcome).to.deep.equal(first.seeds[0]);
    // The same results under the same names, and the network, which another run takes from the disk with them.
    expect(readdirSync(folder.path('results-kept')).sort()).to.deep.equal(files);
    expect(readdirSync(networks.folder)).to.deep.equal([network!.name]);
    expect(readdirSync(network!.folder).sort()).to.deep.equal([
      '.weldon-files.jsonl',
      'crc32.json',
      'model.json',
      'weights.bin',
    ]);
    const once = await run(method, [], notices, { networks, onProgress: () => expect.fail('trained once more') });
    expect(once).to.deep.equal(again);
    expect(notices).to.have.length(1);
    expect((await run(method)).seeds[0]).to.deep.equal(first.seeds[0]);

    const model = await openSavedNetwork(network!.folder);
    const biases = tf.tidy(() => Array.from(model.getLayer('class_maps').getWeights()[1].dataSync()));
    model.dispose();
    const task = {
      method: { kind: 'gradCam' as const, id: 'kept-cam', name: '', of: 'kept' },
      test,
      size: 16,
      resultCache,
      tell: () => undefined,
      explained: { choice: null, grid: again.grid, seeds: again.seeds },
    };
    const {
      seeds: [explained],
      grid,
    } = await gradCamOfNetworks(task);
    expect(tf.memory().numTensors).to.equal(tensors);
    expect(grid).to.deep.equal(again.grid);
    expect(explained.scores).to.deep.equal(outcome.scores);
    // Pooled with weights that sum to 1 over 16 places: the class map without its constant over 16, cut off at zero.
    test.images.forEach(({ labels: [label] }, i) => {
      const rival = rivalOf(outcome.scores, 3 * i, 3, [label]);
      for (const [c, found, own] of [
        [label, explained.maps[i][0], outcome.maps[i][0]],
        [rival, explained.rivals![i], outcome.rivals![i]],
      ] as const) {
        const constant = (biases[2 * c] + biases[2 * c + 1]) / 2;
        own.forEach((value, r) => expect(found[r]).to.be.closeTo(Math.max(0, value - constant) / 16, 1e-4));
      }
    });
    expect(explained.maps.flat(2).some((value) => value > 1e-3)).to.equal(true);
    rmSync(network!.folder, { recursive: true });
    expect(await gradCamOfNetworks(task)).to.deep.equal({ choice: null, grid, seeds: [explained] });
  });

  it('exception: a rate that makes the loss NaN is told and not chosen, nor trained again; where all do so is one sentence', async () => {
    const method: TrainedMethod = { ...plain, id: 'lost', rates: [1e38, 1e-3], pooling: quarter };
    const notices: string[] = [];
    const tensors = tf.memory().numTensors;
    const { choice, seeds } = await run(method, [], notices);
    expect(choice.rate).to.equal(1e-3);
    expect(choice.tried.map(({ heldOut }) => heldOut === null)).to.deep.equal([true, false]);
    expect(seeds[0].scores.every(Number.isFinite)).to.equal(true);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(
      /^Rate 1e\+38 of method lost cannot be chosen for 2 epochs: Expected the (loss|gradient) at step \d \(epoch \d\) to be a finite number but received \S+$/,
    );
    const told: [string, number, number][] = [];
    expect((await run(method, told)).choice).to.deep.equal(choice);
    expect(told).to.deep.equal([]);
    const refused = await run({ ...method, id: 'all-lost', rates: [1e37, 1e38] }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refused).to.equal(
      'Expected the rates of method all-lost to be some that it can be trained with but received 1e+37, 1e+38, ' +
        'with all of which its loss or gradient becomes NaN or infinite: name lower ones',
    );
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('leak: nothing is left where an image fails when its scores are there already', async () => {
    let [trained, features] = [false, false];
    const store = memoryFeatureStore();
    // Labels are read for the batch, and again for the maps: these fail.
    const failing = {
      ...test,
      images: test.images.map(({ path, labels }) => ({
        path,
        get labels() {
          if (features) {
            throw new Error('injected');
          }
          return labels;
        },
      })),
    };
    const tensors = tf.memory().numTensors;
    const refused = await run({ ...plain, id: 'leak', pooling: quarter }, [], [], {
      test: failing,
      store: {
        ...store,
        read: (key) => {
          features = trained;
          return store.read(key);
        },
      },
      onProgress: (_, done, epochs) => {
        trained = done === epochs;
      },
    }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refused).to.equal('injected');
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('exception: fields of a method out of range', () => {
    const refused = (more: object) => {
      const config = {
        version: 1,
        size: 64,
        dataSet: { kind: 'folder' },
        backbone: { name: '', layer: 'top' },
        methods: [{ ...plain, id: 'w', pooling: quarter, ...more }],
      };
      try {
        checkExperimentConfig(config, 'run.json');
      } catch (error) {
        return (error as Error).message;
      }
      return null;
    };
    expect(
      refused({ headEpochs: 1, dropMap: 0.2, poolingSchedule: { from: 0.5 }, backboneRate: 0.3, maps: 4 }),
    ).to.equal(null);
    expect(refused({ dropMap: 1 })).to.equal(
      'Expected dropMap of method w of run.json to be a number with 0 <= dropMap < 1 but received 1',
    );
    expect(refused({ kind: 'scratch', headEpochs: 2 })).to.equal(
      'Expected headEpochs of method w of run.json to be a whole number >= 1, in a method that fine-tunes but received 2',
    );
    expect(refused({ poolingSchedule: { from: 0.5, until: 2 } })).to.equal(
      'Expected until of poolingSchedule to be a number with 0 < until <= 1 but received 2',
    );
    expect(refused({ pooling: 'gap', poolingSchedule: { from: 0.5 } })).to.equal(
      "Expected poolingSchedule of method w of run.json to be absent where pooling is 'gap' but received given",
    );
  });
});
