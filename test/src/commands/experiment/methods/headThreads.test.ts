import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeadJob, HeadReply } from '../../../../../src/commands/experiment/methods/headJobs.js';
import { openHeadLanes, sharedOut } from '../../../../../src/commands/experiment/methods/headThreads.js';
import type { HeadMethod } from '../../../../../src/commands/experiment/config.js';
import { float16Bits } from '../../../../../src/formats/float16.js';
import { startRuntime } from '../../../../../src/node/runtime/startRuntime.js';
import { randomBits } from '../../../../../src/random.js';
import type { FeatureSet } from '../../../../../src/training/heads/featureSet.js';

describe('heads in threads', () => {
  const draw = randomBits(5);
  const images = Array.from({ length: 20 }, (_, i) => ({ path: `${i}.png`, labels: [i % 2] }));
  const set = { name: 'toy', classes: ['a', 'b'], multiLabel: false, images };
  const features: FeatureSet = {
    rows: 3,
    columns: 3,
    depth: 8,
    examples: images.map(({ labels: [label] }) =>
      Uint16Array.from({ length: 72 }, (_, i) => float16Bits(draw() / 2 ** 32 + (i % 8 === label ? 0.5 : 0))),
    ),
  };
  const methods: HeadMethod[] = [
    { kind: 'head', id: 'gap', name: '', pooling: 'gap' },
    { kind: 'head', id: 'w', name: '', pooling: { kMax: 2 } },
    { kind: 'head', id: 'max', name: '', pooling: { kMax: 1, kMin: 0 } },
  ];
  const protocol = {
    seeds: [1, 2],
    heldOut: 0.3,
    repeats: 1,
    rates: [0.01, 0.1],
    epochs: [2, 4],
    batchSize: 8,
    weightDecay: 1e-3,
    initial: 0.01,
  };
  let folder: string;
  before(async () => {
    await startRuntime({ backend: 'wasm' });
    folder = await mkdtemp(join(tmpdir(), 'weldon-heads-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function all(threads: number, part: (lanes: ReturnType<typeof openHeadLanes>) => HeadJob[]) {
    const lanes = openHeadLanes(features, images.length, threads);
    const replies: HeadReply[] = [];
    const told: [number, number][] = [];
    try {
      const jobs = part(lanes);
      await lanes.run(
        jobs,
        (done, total) => told.push([done, total]),
        async (reply, at) => {
          replies[at] = reply;
        },
      );
    } finally {
      await lanes.close();
    }
    return { replies, told, lanes: lanes.lanes };
  }
  const jobFor = (lanes: ReturnType<typeof openHeadLanes>, key: unknown) => ({
    task: { train: set, features: lanes.share(features), normalize: 'channels' as const, protocol },
    name: 'Heads',
    checkpoints: { folder, key },
  });

  it('feature: choices are the same, bit for bit, in one thread and in two, and all batches are told', async () => {
    const one = await all(0, (lanes) => [{ ...jobFor(lanes, 1), choose: methods }]);
    const two = await all(2, (lanes) =>
      sharedOut(methods, lanes.lanes).map((part, i) => ({ ...jobFor(lanes, [2, i]), choose: part })),
    );
    expect([one.lanes, two.lanes]).to.deep.equal([1, 2]);
    expect([two.replies[0].choices[0], two.replies[1].choices[0], two.replies[0].choices[1]]).to.deep.equal(
      one.replies[0].choices,
    );
    // 14 images in batches of 8, over 2 and 4 epochs.
    expect(one.told.at(-1)).to.deep.equal([12, 12]);
    expect(two.told.at(-1)).to.deep.equal([24, 24]);
  });

  it('feature: so is what is trained and tested, and checkpoints lie where the reply says', async () => {
    const wants = { maps: true, train: true, head: true };
    const chosen = methods.map((method) => ({ method, choice: { rate: 0.1, epochs: 3, tried: [] }, wants }));
    const test = (part: typeof chosen, lanes: ReturnType<typeof openHeadLanes>) => ({
      methods: part,
      images: set,
      features: lanes.share(features),
      seed: 7,
    });
    const one = await all(0, (lanes) => [{ ...jobFor(lanes, 3), test: test(chosen, lanes) }]);
    const two = await all(2, (lanes) =>
      sharedOut(chosen, 2).map((part, i) => ({ ...jobFor(lanes, [4, i]), test: test(part, lanes) })),
    );
    const [first, second] = two.replies;
    expect([first.outcomes[0], second.outcomes[0], first.outcomes[1]]).to.deep.equal(one.replies[0].outcomes);
    expect(
      [...one.replies, ...two.replies].flatMap(({ folders }) => folders).every((path) => existsSync(path)),
    ).to.equal(true);
  });

  it('exception: a job that fails in a thread ends the others, with its own sentence', async () => {
    let error: Error | undefined;
    try {
      await all(2, (lanes) => [
        { ...jobFor(lanes, 5), choose: methods },
        { ...jobFor(lanes, 6), choose: [{ ...methods[0], pooling: { kMax: -1 } }] },
      ]);
    } catch (caught) {
      error = caught as Error;
    }
    expect(error?.message).to.match(/^Expected kMax for .* to be .* but received -1/);
  });
});
