import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tfl from '@tensorflow/tfjs-layers';
import { isSaved, saveNetwork, savedNetwork } from '../../../../../src/commands/experiment/cache/savedModels.js';
import { loadModel } from '../../../../../src/node/models/loadModel.js';
import { forEachBackend } from '../../../../backends.js';
import { rejection, temporaryFolder } from '../../../node/temporaryFolder.js';

forEachBackend('networks that an experiment keeps', () => {
  const folder = temporaryFolder();

  it('feature: a changed byte in either file is noticed, and what is not there is not saved', async () => {
    const network = savedNetwork(folder.path('cache'), 'ft', { rate: 1 });
    expect(await isSaved(network)).to.equal(false);
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3] })] });
    await saveNetwork(model, network);
    model.dispose();
    expect(await isSaved(network)).to.equal(true);
    for (const name of ['model.json', 'weights.bin']) {
      const path = join(network.folder, name);
      const bytes = readFileSync(path);
      const other = Buffer.from(bytes);
      other[9] ^= 1;
      writeFileSync(path, other);
      expect(await isSaved(network), name).to.equal(false);
      if (name === 'weights.bin') {
        expect(await rejection(loadModel(network.folder))).to.match(
          /^Expected the weights beside .*model.json to be those that were saved with it but received others, or damaged/,
        );
      }
      writeFileSync(path, bytes);
      expect(await isSaved(network)).to.equal(true);
    }
  });
});
