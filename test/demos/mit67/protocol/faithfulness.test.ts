import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { FaithfulnessTask } from '../../../../demos/mit67/protocol/faithfulness.js';
import { faithfulnessOf, sampleOf } from '../../../../demos/mit67/protocol/faithfulness.js';
import { keepHead } from '../../../../demos/mit67/protocol/keptHead.js';
import { checkRunConfig } from '../../../../demos/mit67/protocol/runConfig.js';
import { stageStore } from '../../../../demos/mit67/protocol/stageStore.js';
import { readClassFolders } from '../../../../src/node/dataSets/index.js';
import { expectError } from '../../../expectError.js';
import '../../../backends.js';
import { smallClassFolders } from '../../../src/node/smallPhotos.js';
import { temporaryFolder } from '../../../src/node/temporaryFolder.js';

describe('faithfulness of the evaluation', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  /** Class 0 hangs on channel 7 of the network's third stage, class 1 on what is not there. */
  const kernel = Float32Array.from({ length: 80 }, (_, i) => (i === 14 ? 0.3 : 0));
  const head = keepHead({
    spec: { pooling: 'mean', maps: 1, rate: 0, seed: 0 }, classes: 2, depth: 40, kernel, bias: Float32Array.of(0, 0), losses: [], judged: [],
  }, 'none');
  let task: FaithfulnessTask;
  before(async () => {
    await tf.setBackend('wasm');
    await smallClassFolders(folder.path('data'), 3);
    task = {
      setup: { layer: 'stage3', size: 64, multiLabel: false, steps: 3 }, rows: [{ id: 'cam', head, gradCam: false }, { id: 'grad', head, gradCam: true }],
      test: await readClassFolders(folder.path('data')), pictures: 4, stages: stageStore(folder.path('stages'), () => undefined),
      key: 'test', jobs: 0, tell: () => undefined,
    };
  });

  it('feature: one figure per picture and row, from the disk the second time, leaving nothing behind', async () => {
    const before = tf.memory().numTensors;
    const told: number[] = [];
    const found = await faithfulnessOf({ ...task, tell: (_, done) => told.push(done) });
    expect(tf.memory().numTensors).to.equal(before);
    expect(told).to.deep.equal([1, 2, 3, 4]);
    expect([...found.keys()]).to.deep.equal(['cam', 'grad']);
    const cam = found.get('cam')!;
    expect(cam.pictures).to.deep.equal(sampleOf(task.test.images.length, 4));
    for (const values of [cam.deletion, cam.insertion, cam.drop, cam.increase]) {
      expect(values).to.have.length(4);
      values.forEach((value) => expect(value).to.be.within(0, 1));
    }
    const again = await faithfulnessOf({ ...task, tell: () => expect.fail('altered once more') });
    expect(again).to.deep.equal(found);
  });

  it('cardinality: a thread measures what the calling thread measures', async () => {
    const wanted = await faithfulnessOf(task);
    const found = await faithfulnessOf({ ...task, jobs: 1, stages: stageStore(folder.path('other'), () => undefined) });
    for (const [id, { deletion, insertion, drop, increase }] of wanted) {
      deletion.forEach((value, i) => expect(found.get(id)!.deletion[i]).to.be.closeTo(value, 1e-5));
      insertion.forEach((value, i) => expect(found.get(id)!.insertion[i]).to.be.closeTo(value, 1e-5));
      drop.forEach((value, i) => expect(found.get(id)!.drop[i]).to.be.closeTo(value, 1e-5));
      expect(found.get(id)!.increase).to.deep.equal(increase);
    }
  });

  it('feature: a sample is always the same, in order, and at most all', () => {
    expect(sampleOf(200, 16)).to.deep.equal(sampleOf(200, 16)).and.have.length(16);
    expect(new Set(sampleOf(200, 16)).size).to.equal(16);
    expect(sampleOf(3, 16)).to.deep.equal([0, 1, 2]);
  });

  it('exception: what a config may say', () => {
    const config = (faithfulness: unknown, row: object = {}) => () => checkRunConfig({
      version: 1, size: 64, dataSet: { kind: 'folder' }, backbone: { layer: 'top' }, protocol: { faithfulness }, rows: [
        { kind: 'head', id: 'gap', name: 'GAP', pooling: 'mean' }, { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'mean' },
        { kind: 'gradCam', id: 'cam', name: 'Grad-CAM', of: 'gap', ...row },
      ],
    }, 'run.json');
    expect(config({ pictures: 4, steps: 3, rows: ['gap', 'cam'] })().protocol.faithfulness?.steps).to.equal(3);
    expectError(config({ pictures: 0, steps: 3, rows: ['gap'] }),
      'Expected pictures of faithfulness of run.json to be a whole number >= 1 but received 0');
    expectError(config({ pictures: 4, steps: 3, rows: ['svm'] }),
      "Expected rows of faithfulness of run.json to be ids of rows of kind 'head' or 'gradCam', of gap, cam but received [\"svm\"]");
    expectError(config(undefined, { of: 'svm' }),
      "Expected of in row cam of run.json to be the id of a row of kind 'head' but received \"svm\"");
  });
});
