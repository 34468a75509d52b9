import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { FaithfulnessTask } from '../../../../../src/commands/experiment/faithfulness/faithfulness.js';
import {
  faithfulnessOf,
  faithfulnessOfNetwork,
  sampleOf,
} from '../../../../../src/commands/experiment/faithfulness/faithfulness.js';
import {
  isSaved,
  savedNetwork,
  saveHead,
  saveNetwork,
} from '../../../../../src/commands/experiment/cache/savedModels.js';
import { metricsFor } from '../../../../../src/commands/experiment/scores/metricTable.js';
import { checkExperimentConfig } from '../../../../../src/commands/experiment/readConfig.js';
import { openResultCache } from '../../../../../src/commands/experiment/cache/resultCache.js';
import { attachWeldon } from '../../../../../src/models/attachWeldon.js';
import { embeddedModelFolder, loadModel } from '../../../../../src/index.node.js';
import { readClassFolders } from '../../../../../src/node/datasets/classFolders.js';
import { expectError } from '../../../../expectError.js';
import '../../../../backends.js';
import { smallClassFolders } from '../../../node/smallImages.js';
import { temporaryFolder } from '../../../node/temporaryFolder.js';
import { tidyGradientKernels } from '../../../training/toyTask.js';

describe('faithfulness of the evaluation', function () {
  const folder = temporaryFolder();
  /** Class 0 hangs on channel 7 of the network's third stage, class 1 on what is not there. */
  const kernel = Float32Array.from({ length: 80 }, (_, i) => (i === 14 ? 0.3 : 0));
  const head = saveHead(
    {
      spec: { pooling: 'gap', maps: 1, rate: 0, seed: 0 },
      classes: 2,
      depth: 40,
      kernel,
      bias: Float32Array.of(0, 0),
      losses: [],
      validation: [],
    },
    'none',
  );
  let task: FaithfulnessTask;
  tidyGradientKernels('wasm');
  before(async () => {
    await tf.setBackend('wasm');
    await smallClassFolders(folder.path('data'), 3);
    task = {
      setup: { layer: 'stage3', size: 64, multiLabel: false, steps: 3 },
      methods: [
        { id: 'cam', head, gradCam: false },
        { id: 'grad', head, gradCam: true },
      ],
      test: await readClassFolders(folder.path('data')),
      images: 4,
      resultCache: openResultCache(folder.path('results'), () => undefined),
      key: 'test',
      jobs: 0,
      tell: () => undefined,
    };
  });

  it('feature: one result per image and method, from the disk the second time, leaving nothing behind', async () => {
    const before = tf.memory().numTensors;
    const told: number[] = [];
    const found = await faithfulnessOf({ ...task, tell: (_, done) => told.push(done) });
    expect(tf.memory().numTensors).to.equal(before);
    expect(told).to.deep.equal([1, 2, 3, 4]);
    expect([...found.keys()]).to.deep.equal(['cam', 'grad']);
    const cam = found.get('cam')!;
    expect(cam.images).to.deep.equal(sampleOf(task.test.images.length, 4));
    for (const values of [cam.deletion, cam.insertion, cam.drop, cam.increase]) {
      expect(values).to.have.length(4);
      values.forEach((value) => expect(value).to.be.within(0, 1));
    }
    const again = await faithfulnessOf({ ...task, tell: () => expect.fail('altered once more') });
    expect(again).to.deep.equal(found);
  });

  it('cardinality: a thread measures what the calling thread measures', async () => {
    const wanted = await faithfulnessOf(task);
    const found = await faithfulnessOf({
      ...task,
      jobs: 1,
      resultCache: openResultCache(folder.path('other'), () => undefined),
    });
    for (const [id, { deletion, insertion, drop, increase }] of wanted) {
      deletion.forEach((value, i) => expect(found.get(id)!.deletion[i]).to.be.closeTo(value, 1e-5));
      insertion.forEach((value, i) => expect(found.get(id)!.insertion[i]).to.be.closeTo(value, 1e-5));
      drop.forEach((value, i) => expect(found.get(id)!.drop[i]).to.be.closeTo(value, 1e-5));
      expect(found.get(id)!.increase).to.deep.equal(increase);
    }
  });

  it('feature: a trained network gives what the same head on the frozen network gives, by Grad-CAM and in a thread too', async () => {
    const { model: backbone } = await loadModel(embeddedModelFolder('efficientnet-lite0'));
    const trained = attachWeldon(backbone as tfl.LayersModel, {
      classes: ['a', 'b'],
      layer: 'stage3',
      kMax: 1_000_000,
      kMin: 0,
      activation: 'softmax',
      recipe: { resize: { rule: 'warp', size: 64 } },
    });
    tf.tidy(() => trained.getLayer('class_maps').setWeights([tf.tensor2d(kernel, [40, 2]), tf.zeros([2])]));
    const network = savedNetwork(folder.path('networks'), 'ft-seed-1', ['key']);
    expect(await isSaved(network)).to.equal(false);
    await saveNetwork(trained, network);
    expect(await isSaved(network)).to.equal(true);
    trained.dispose();
    backbone.dispose();
    const heads = await faithfulnessOf(task);
    const before = tf.memory().numTensors;
    const common = { network, test: task.test, images: 4, tell: task.tell };
    for (const [id, jobs] of [
      ['cam', 0],
      ['grad', 0],
      ['cam', 1],
    ] as const) {
      const ask = {
        ...common,
        id,
        jobs,
        setup: { gradCam: id === 'grad', size: 64, steps: 3 },
        resultCache: openResultCache(folder.path(`network-${id}-${jobs}`), () => undefined),
      };
      const found = await faithfulnessOfNetwork(ask);
      expect(tf.memory().numTensors).to.equal(before);
      const wanted = heads.get(id)!;
      expect(found.images).to.deep.equal(wanted.images);
      expect(found.increase).to.deep.equal(wanted.increase);
      for (const of of ['deletion', 'insertion', 'drop'] as const) {
        found[of].forEach((value, i) => expect(value, `${id} ${of} ${i}`).to.be.closeTo(wanted[of][i], 1e-4));
      }
      expect(await faithfulnessOfNetwork({ ...ask, tell: () => expect.fail('altered once more') })).to.deep.equal(
        found,
      );
    }
  });

  it('feature: a sample is always the same, in order, and at most all', () => {
    expect(sampleOf(200, 16)).to.deep.equal(sampleOf(200, 16)).and.have.length(16);
    expect(new Set(sampleOf(200, 16)).size).to.equal(16);
    expect(sampleOf(3, 16)).to.deep.equal([0, 1, 2]);
  });

  it('feature: of several splits only the first is judged, and the page says so', () => {
    const asked = { images: 40, steps: 3, methods: ['gap'] };
    const explained = (splits?: number) =>
      metricsFor(task.test, null, asked, splits)
        .filter(({ group }) => group === 'faithfulness')
        .map(({ explained: words }) => /\d+ test images[^.:]*/.exec(words)?.[0] ?? null);
    expect(explained()).to.deep.equal(['9 test images, first seed', null, '9 test images, first seed', null]);
    const first = '9 test images of the first split alone, first seed';
    expect(explained(5)).to.deep.equal([first, null, first, null]);
  });

  it('exception: what a config may say', () => {
    const config =
      (faithfulness: unknown, method: object = {}) =>
      () =>
        checkExperimentConfig(
          {
            version: 1,
            size: 64,
            dataSet: { kind: 'folder' },
            backbone: { layer: 'top' },
            protocol: { faithfulness },
            methods: [
              { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
              { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'gap' },
              { kind: 'fineTune', id: 'ft', name: 'FT', pooling: 'gap', rates: [1e-3], epochs: [1] },
              { kind: 'gradCam', id: 'cam', name: 'Grad-CAM', of: 'gap', ...method },
            ],
          },
          'run.json',
        );
    expect(config({ images: 4, steps: 3, methods: ['gap', 'cam'] })().protocol.faithfulness?.steps).to.equal(3);
    expectError(
      config({ images: 0, steps: 3, methods: ['gap'] }),
      'Expected images of faithfulness of run.json to be a whole number >= 1 but received 0',
    );
    expectError(
      config({ images: 4, steps: 3, methods: ['svm'] }),
      "Expected methods of faithfulness of run.json to be ids of methods of kind 'head', 'fineTune', 'scratch' or 'gradCam', " +
        'of gap, ft, cam but received ["svm"]',
    );
    expectError(
      config(undefined, { of: 'svm' }),
      "Expected of in method cam of run.json to be the id of a method of kind 'head', 'fineTune' or 'scratch' " +
        'but received "svm"',
    );
    expect(config({ images: 4, steps: 3, methods: ['ft', 'cam'] }, { of: 'ft' })().methods).to.have.length(4);
  });
});
