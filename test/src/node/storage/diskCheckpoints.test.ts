import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '../../../backends.js';
import { encodeSafetensors, safetensors } from '../../../../src/formats/safetensors.js';
import { diskCheckpoints } from '../../../../src/node/storage/diskCheckpoints.js';
import type { Checkpoint } from '../../../../src/training/checkpoint.js';
import { float16Bits } from '../../../../src/formats/float16.js';
import { fineTune } from '../../../../src/training/fineTune.js';
import type { TrainedHead } from '../../../../src/training/heads/headSpec.js';
import { trainHeads } from '../../../../src/training/heads/trainHeads.js';
import { softmaxCrossEntropy } from '../../../../src/training/losses/softmaxCrossEntropy.js';
import { toyData, toyModel, weightValues } from '../../training/toyTask.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { toyRun } from './toyRun.js';

const checkpoint: Checkpoint = {
  version: 1,
  settings: { seed: 4 },
  position: { phase: 0, epoch: 1, batch: 2, step: 5 },
  lossSum: 0.1 + 0.2,
  weights: [
    { name: 'kernel', shape: [2, 1], values: Float32Array.of(0.1, -3e-40) },
    { name: 'scalar', shape: [], values: Float32Array.of(7) },
  ],
  optimizer: { steps: 5, moments: { 'a/0/mean': Float32Array.of(1, 2, 3) } },
  history: [{ epoch: 0, phase: 0, loss: 1.5, validation: { loss: 2, metric: 0.5 } }],
  best: { epoch: 0, value: 0.5 },
  finished: false,
};

describe('checkpoints on the disk', () => {
  const folder = temporaryFolder();

  it('feature: what is saved is loaded, bit for bit', async () => {
    const store = diskCheckpoints(folder.path('plain'));
    expect(await store.load('last')).to.equal(null);
    await store.save('last', checkpoint);
    expect(await store.load('last')).to.deep.equal(checkpoint);
    expect(await store.load('best')).to.equal(null);
    await store.save('last', { ...checkpoint, optimizer: null, finished: true });
    expect(await store.load('last')).to.deep.equal({ ...checkpoint, optimizer: null, finished: true });
    expect(readdirSync(folder.path('plain'))).to.deep.equal(['last.safetensors']);
  });

  it('feature: heads side by side go on from the disk, a lost one among them', async () => {
    await tf.setBackend('cpu');
    const labels = [0, 1, 0, 1, 0, 1];
    const features = {
      rows: 1,
      columns: 2,
      depth: 2,
      examples: labels.map((label, i) => Uint16Array.from([label, 1 - label, i / 8, 0], float16Bits)),
    };
    const specs = [1e38, 0.1].map((rate, seed) => ({ pooling: { kMax: 1 }, maps: 1, rate, seed }));
    const options = {
      features,
      members: labels.map((_, i) => i),
      multiHot: labels.map((label) => Float32Array.of(1 - label, label)),
      classes: 2,
      normalise: 'none' as const,
      loss: softmaxCrossEntropy(),
      epochs: 4,
      batchSize: 2,
      weightDecay: 1e-3,
      initial: 0.01,
      seed: 1,
      validation: { every: 2, scores: async (heads: readonly TrainedHead[]) => heads.map(({ kernel }) => kernel[0]) },
    };
    const whole = await trainHeads(specs, options);
    expect(whole.map(({ lost }) => lost)).to.deep.equal([1, undefined]);
    const checkpoints = diskCheckpoints(folder.path('heads'));
    const onBatch = (done: number) => {
      if (done === 9) {
        throw new Error('killed');
      }
    };
    const stopped = trainHeads(specs, { ...options, checkpoints, checkpointEvery: 1, onBatch });
    expect(await stopped.catch((error: Error) => error.message)).to.equal('killed');
    const resumed: number[] = [];
    const onResume = (done: number) => resumed.push(done);
    expect(await trainHeads(specs, { ...options, checkpoints, onResume })).to.deep.equal(whole);
    expect(resumed).to.deep.equal([8]);
  });

  it("exception: a file of the user's by that name stays", async () => {
    const own = folder.path('foreign/best.safetensors');
    mkdirSync(folder.path('foreign'));
    writeFileSync(own, encodeSafetensors([{ name: 'mine', shape: [1], values: Float32Array.of(1) }]));
    const before = readFileSync(own);
    expect(await rejection(diskCheckpoints(folder.path('foreign')).save('best', checkpoint))).to.contain(
      `${own} to be free`,
    );
    expect(readFileSync(own).equals(before)).to.equal(true);
  });

  it('exception: damage, another version, no folder', async () => {
    const store = diskCheckpoints(folder.path('bad'));
    await store.save('last', checkpoint);
    const path = join(folder.path('bad'), 'last.safetensors');
    const whole = readFileSync(path);
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      return bytes;
    };
    for (const bytes of [
      whole.subarray(0, 100),
      whole.subarray(0, -1),
      Buffer.from('{}'),
      Buffer.concat([whole, whole]),
      changed(whole.length - 1, 0x41),
      changed(whole.indexOf('0.30000') + 2, 0x34),
      Buffer.from(encodeSafetensors([])),
      Buffer.from('WCHK'),
    ]) {
      writeFileSync(path, bytes);
      expect(await rejection(store.load('last'))).to.equal(
        `Expected ${path} to be a whole checkpoint but it is damaged: delete it to start the run anew`,
      );
    }
    writeFileSync(path, encodeSafetensors([], { weldonCheckpoint: '3' }));
    expect(await rejection(store.load('last'))).to.equal(
      `Expected ${path} to be a checkpoint of version 2 but it is of version 3: delete it to start the run anew`,
    );
    const file = folder.write('file', '');
    expect(await rejection(diskCheckpoints(file).save('last', checkpoint))).to.match(/^Expected .* to be .* to write/);
  });

  it('feature: other tools read the weights by name, as they are', async () => {
    await diskCheckpoints(folder.path('tool')).save('best', checkpoint);
    const file = await safetensors(readFileSync(join(folder.path('tool'), 'best.safetensors')));
    expect([...file.shapes]).to.deep.equal([
      ['weights/0/kernel', [2, 1]],
      ['weights/1/scalar', []],
      ['optimizer/a/0/mean', [3]],
    ]);
    expect(await file.read('weights/0/kernel')).to.deep.equal(Float32Array.of(0.1, -3e-40));
  });

  it('feature: a checkpoint of the earlier format is told once, left alone, and the run starts anew', async () => {
    const root = folder.path('earlier');
    mkdirSync(root);
    const old = folder.write('earlier/last.checkpoint', 'WCHK');
    folder.write('earlier/best.checkpoint', 'WCHK');
    const notices: string[] = [];
    const store = diskCheckpoints(root, { notice: (sentence) => notices.push(sentence) });
    expect([await store.load('last'), await store.load('last'), await store.load('best')]).to.deep.equal(
      Array(3).fill(null),
    );
    expect(notices).to.deep.equal([
      `${old} is a checkpoint of an earlier version, in a format that is not read: the run starts anew`,
    ]);
    await store.save('last', checkpoint);
    expect(await store.load('last')).to.deep.equal(checkpoint);
    expect(readFileSync(old, 'utf8')).to.equal('WCHK');
  });

  it('feature: a run killed in the middle goes on to the same weights', async () => {
    await tf.setBackend('cpu');
    const data = { train: toyData(), validation: toyData({ seed: 2 }) };
    const whole = toyModel({ dropout: 0.25 });
    const uninterrupted = await fineTune(whole, data, toyRun);
    const root = folder.path('killed');
    const script = fileURLToPath(new URL('./trainToy.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    let steps = 0;
    child.stdout.on('data', (text: Buffer) => {
      steps = Number(text.toString().trim().split('\n').pop());
      if (steps >= 7) {
        child.kill('SIGKILL');
      }
    });
    await once(child, 'exit');
    expect(steps).to.be.within(7, 17);
    const model = toyModel({ dropout: 0.25 });
    let resumedAt = Infinity;
    const resumed = await fineTune(model, data, {
      ...toyRun,
      checkpoints: diskCheckpoints(root),
      resume: true,
      onStep: ({ step }) => {
        resumedAt = Math.min(resumedAt, step);
      },
    });
    expect(resumedAt).to.be.above(1);
    expect(resumed).to.deep.equal(uninterrupted);
    expect(weightValues(model)).to.deep.equal(weightValues(whole));
    model.dispose();
    whole.dispose();
  });
});
