import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measurePair } from '../../../demos/wide-resnets/costs.js';
import { costsPage } from '../../../demos/wide-resnets/page.js';
import { runExperiment } from '../../../src/commands/experiment/experiment.js';
import { checkExperimentConfig, readExperimentConfig } from '../../../src/commands/experiment/readConfig.js';
import '../../backends.js';
import { newFolder, writeCifar } from '../../src/node/datasets/cifarFile.js';
import { temporaryFolder } from '../../src/node/temporaryFolder.js';
import { tidyGradientKernels } from '../../src/training/toyTask.js';
import { expectError } from '../../expectError.js';

const recipes = fileURLToPath(new URL('../../../demos/wide-resnets/recipes/', import.meta.url));

describe('wide residual networks, the study', () => {
  const folder = temporaryFolder();
  tidyGradientKernels('wasm');
  before(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });

  it('smoke: each recipe is a run of three seeds from scratch', async () => {
    const names = readdirSync(recipes);
    expect(names).to.have.length(4);
    for (const name of names) {
      const { methods, protocol } = await readExperimentConfig(recipes + name);
      expect(protocol.seeds).to.deep.equal([1, 2, 3]);
      methods.forEach(({ kind }) => expect(kind, name).to.equal('scratch'));
    }
  });

  it("feature: a recipe runs on CIFAR's files, with dropout, stochastic depth and pad-and-crop", async () => {
    const data = newFolder(folder.path('data'));
    writeCifar(`${data}/train.bin`, [0, 1, 0, 1, 0, 1], { seed: 1 });
    writeCifar(`${data}/test.bin`, [0, 1], { seed: 2 });
    const { methods, ...rest } = await readExperimentConfig(`${recipes}width.json`);
    const method = { ...methods[0], rates: [0.05], epochs: [1], batchSize: 3, blockDropout: 0.3, survival: 0.5 };
    const config = { ...rest, methods: [method], comparisons: [], protocol: { ...rest.protocol, seeds: [1] } };
    const file = folder.write('run.json', JSON.stringify(config));
    const { results } = await runExperiment({ config: file, data, cache: folder.path('cache') });
    expect(results.methods.map(({ id }) => id)).to.deep.equal(['wrn-10-1']);
  });

  it('exception: a network, or what goes into its blocks, where none is trained from scratch', async () => {
    const config = await readExperimentConfig(`${recipes}width.json`);
    const { network: _, ...unnamed } = config.methods[0] as { network?: string };
    expectError(
      () => checkExperimentConfig({ ...config, methods: [{ ...unnamed, survival: 0.5 }], comparisons: [] }, 'run.json'),
      "Expected survival of method wrn-10-1 of run.json to be in a method of kind 'scratch' that names its network but received 0.5",
    );
  });

  it('feature: costs of a pair, and their page; nothing stays behind', async () => {
    const before = tf.memory().numTensors;
    const costs = await measurePair([16, 1], [10, 1], 1);
    expect(tf.memory().numTensors).to.equal(before);
    expect(costs.forward.median).to.be.above(0);
    expect(costs.deep.parameters).to.be.above(costs.wide.parameters);
    const page = costsPage([
      { engine: 'wasm', pairs: [costs] },
      { engine: 'tensorflow', left: 'not <here>' },
    ]);
    expect(page).to.include('WRN-16-1 : WRN-10-1').and.to.include('Not measured. not &lt;here>');
  });
});
