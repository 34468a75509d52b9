import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { checkExperimentConfig } from '../../../../src/commands/experiment/readConfig.js';
import { opener } from '../../../../src/commands/experiment/methods/startNetwork.js';
import { hashOfModel } from '../../../../src/training/hashOfModel.js';

describe('initial weights of a method from scratch', function () {
  it('feature: a seed gives the same weights again, another seed others', async () => {
    await tf.setBackend('cpu');
    const open = opener(
      {
        config: checkExperimentConfig(
          {
            version: 1,
            dataSet: { kind: 'folder' },
            size: 64,
            backbone: { name: 'EfficientNet-Lite0', layer: 'stage3' },
            rows: [{ kind: 'scratch', id: 'scratch', name: 'GAP', pooling: 'gap', rates: [1e-3], epochs: [1] }],
          },
          'run.json',
        ),
      },
      { kind: 'scratch', id: 'scratch', name: 'GAP', pooling: 'gap', rates: [1e-3], epochs: [1] },
    );
    const drawn = async (seed: number) => {
      const { model, layer } = await open(seed);
      const hash = await hashOfModel(model, layer);
      model.dispose();
      return hash;
    };
    const first = await drawn(1);
    expect(await drawn(1)).to.equal(first);
    expect(await drawn(2)).not.to.equal(first);
  });
});
