import * as tf from '@tensorflow/tfjs-core';
import { tensorEngine } from '../../../../../src/node/runtime/frozenEngine.js';
import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExperimentData } from '../../../../../src/node/datasets/readers/splits.js';
import type { ExperimentTask } from '../../../../../src/commands/experiment/options.js';
import { runSplits } from '../../../../../src/commands/experiment/run.js';
import { experimentResults } from '../../../../../src/commands/experiment/scores/results.js';
import { openExperimentData } from '../../../../../src/commands/experiment/openData.js';
import { networksWanted } from '../../../../../src/commands/experiment/faithfulness/explainTrained.js';
import { planText } from '../../../../../src/commands/experiment/plan.js';
import { checkExperimentConfig } from '../../../../../src/commands/experiment/readConfig.js';
import '../../../../backends.js';
import { smallClassFolders } from '../../../node/smallImages.js';
import { temporaryFolder } from '../../../node/temporaryFolder.js';
import { tidyGradientKernels } from '../../../training/toyTask.js';

const head = { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' };
const fineTuned = {
  kind: 'fineTune',
  id: 'ft',
  name: 'FT',
  pooling: 'gap',
  trainFrom: 'stage2',
  rates: [1e-3],
  epochs: [1],
  batchSize: 3,
};
const gradCam = { kind: 'gradCam', id: 'ft-cam', name: 'FT, Grad-CAM', of: 'ft' };
const config = (methods: object[], explained: string[]) =>
  checkExperimentConfig(
    {
      version: 1,
      title: 'Small',
      dataSet: { kind: 'folder' },
      size: 64,
      backbone: { name: 'Lite0', layer: 'stage3' },
      methods,
      protocol: {
        seeds: [1, 2],
        rates: [1e-3],
        epochs: [1],
        faithfulness: { images: 2, steps: 2, methods: explained },
      },
    },
    'run.json',
  );

describe('what is asked of trained networks in a run', function () {
  const folder = temporaryFolder();

  it('feature: networks are kept for perturbed images of the first seed and split, for Grad-CAM of all', () => {
    const perturbed = networksWanted(config([head, fineTuned], ['gap', 'ft']), true);
    expect([perturbed('ft', 1), perturbed('ft', 2)]).to.deep.equal([true, false]);
    expect(networksWanted(config([head, fineTuned], ['gap', 'ft']), false)('ft', 1)).to.equal(false);
    const explained = networksWanted(config([head, fineTuned, gradCam], ['gap']), false);
    expect([explained('ft', 1), explained('ft', 2), explained('gap', 1)]).to.deep.equal([true, true, false]);
  });

  let data: ExperimentData;
  tidyGradientKernels('wasm');
  before(async () => {
    await tf.setBackend('wasm');
    await smallClassFolders(folder.path('data/train'), 2);
    await smallClassFolders(folder.path('data/test'), 1, 100);
    data = await openExperimentData(folder.path('data'), { kind: 'folder' }, { cache: folder.path('cache') });
  });

  it('feature: the plan counts them, and the networks on the disk', async () => {
    const planned = async (methods: object[], explained: string[]) =>
      (
        await planText(config(methods, explained), data, { cache: folder.path('cache'), backend: 'wasm', jobs: 1 })
      ).split('\n');
    const plain = await planned([head, fineTuned], ['gap']);
    expect(plain.filter((line) => line.startsWith('  FT (ft): '))).to.deep.equal(['  FT (ft): seeds 1, 2: about 1 s']);
    const all = await planned([head, fineTuned, gradCam], ['gap', 'ft', 'ft-cam']);
    const [trained, cams, perturbed] = all.slice(all.findIndex((line) => line.startsWith('  FT (ft): ')));
    // Two networks of 4.7 million numbers in single precision.
    expect(trained).to.match(/^ {2}FT \(ft\): seeds 1, 2: about .*, 38 MB on the disk$/);
    expect(cams).to.match(/^ {2}Grad-CAM of ft: about /);
    expect(perturbed).to.match(/^ {2}2 test images perturbed to measure the maps of ft, ft-cam: about /);
  });

  it("feature: a trained method and its Grad-CAM are measured by perturbed images; other methods' results stay as they are", async () => {
    const notices: string[] = [];
    const run = async (methods: object[], explained: string[]) => {
      const task: ExperimentTask = {
        config: config(methods, explained),
        data,
        engine: tensorEngine(tf.getBackend()),
        cache: folder.path('cache'),
        jobs: 0,
        pathOf: (path) => path,
        made: { date: '', command: '', version: '', backend: 'wasm', seconds: null, facts: [] },
        tell: () => undefined,
        notice: (sentence) => notices.push(sentence),
      };
      return (await experimentResults(task, await runSplits(task))).results;
    };
    const results = () => readdirSync(join(folder.path('cache'), 'results', data.name)).sort();
    const estimatesOf = (results: Awaited<ReturnType<typeof run>>, id: string) =>
      results.methods.find((method) => method.id === id)!;

    const before = tf.memory().numTensors;
    const plain = await run([head, fineTuned], ['gap']);
    const first = results();
    expect(readdirSync(folder.path('cache'))).not.to.include('networks');
    expect(Object.keys(estimatesOf(plain, 'ft').estimates)).to.deep.equal(['accuracy', 'meanClass']);

    const all = await run([gradCam, head, fineTuned], ['gap', 'ft', 'ft-cam']);
    expect(notices).to.deep.equal(
      [1, 2].map(
        (seed) =>
          `Method ft, seed-${seed}-0.001-1, is trained again: its network, of which maps are asked, is not there whole`,
      ),
    );
    expect(tf.memory().numTensors).to.equal(before);
    const faithful = ['deletion', 'insertion', 'averageDrop', 'increase'];
    expect(Object.keys(estimatesOf(all, 'ft').estimates)).to.deep.equal(['accuracy', 'meanClass', ...faithful]);
    expect(Object.keys(estimatesOf(all, 'ft-cam').estimates)).to.deep.equal(faithful);
    expect(estimatesOf(all, 'ft-cam').strategy).to.equal('fine-tuned');
    expect(estimatesOf(all, 'gap')).to.deep.equal(estimatesOf(plain, 'gap'));
    expect(estimatesOf(all, 'ft').estimates.accuracy).to.deep.equal(estimatesOf(plain, 'ft').estimates.accuracy);
    const added = results()
      .filter((name) => !first.includes(name))
      .map((name) => name.replace(/-[0-9a-f]{16}\.json$/, ''));
    expect(added.filter((name) => !name.startsWith('faithfulness-'))).to.deep.equal([
      'ft-cam-seed1-from0',
      'ft-cam-seed2-from0',
    ]);
    expect(added.filter((name) => name.startsWith('faithfulness-ft-'))).to.have.length(4);
    expect(added).to.have.length(6);
    expect(readdirSync(join(folder.path('cache'), 'networks', data.name))).to.have.length(2);
  });
});
