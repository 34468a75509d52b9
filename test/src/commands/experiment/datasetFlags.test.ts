import { expect } from 'chai';
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { recognizeDataSet } from '../../../../src/node/datasets/readers/detectFormat.js';
import { usualRecipe, withDataSet } from '../../../../src/commands/experiment/datasetFlags.js';
import { checkExperimentConfig } from '../../../../src/commands/experiment/readConfig.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';

describe('the data set that the command line names', () => {
  const folder = temporaryFolder();
  const config = checkExperimentConfig(
    {
      version: 1,
      dataSet: { kind: 'folder', share: 0.5 },
      size: 64,
      backbone: { name: 'any', layer: 'any' },
      methods: [{ kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' }],
    },
    'run.json',
  );

  before(() => {
    for (const name of ['mit/Images', 'archive/indoorCVPR_09/Images', 'voc/ImageSets/Main', 'list', 'images/cat']) {
      mkdirSync(folder.path(name), { recursive: true });
    }
    for (const name of [
      'mit/TrainImages.txt',
      'mit/TestImages.txt',
      'archive/indoorCVPR_09/TrainImages.txt',
      'archive/indoorCVPR_09/TestImages.txt',
      'list/labels.csv',
    ]) {
      folder.write(name, '');
    }
  });

  it('feature: what a folder holds tells what it is', async () => {
    const found = await Promise.all(
      ['mit', 'archive', 'voc', 'list', 'images', 'absent'].map((name) => recognizeDataSet(folder.path(name))),
    );
    expect(found).to.deep.equal(['mit67', 'mit67', 'pascalVoc', 'labelledList', 'folder', 'folder']);
  });

  it('feature: a recipe for images that come without one', async () => {
    const names = await Promise.all(
      [undefined, folder.path('mit'), folder.path('images')].map(async (data) => basename(await usualRecipe(data))),
    );
    expect(names).to.deep.equal(['scattered-objects.json', 'mit67-lite0.json', 'own-images-lite0.json']);
  });

  it('feature: --dataset goes before the config, the config before what the folder holds', async () => {
    const kindOf = async (words: Parameters<typeof withDataSet>[2], usual: boolean) =>
      (await withDataSet(config, folder.path('list'), words, usual)).dataSet;
    expect(await kindOf({}, true)).to.deep.equal({ kind: 'labelledList' });
    expect(await kindOf({}, false)).to.deep.equal({ kind: 'folder', share: 0.5 });
    expect(await kindOf({ dataset: 'scene15' }, true)).to.deep.equal({ kind: 'scene15' });
    expect(await kindOf({ dataset: 'folder', splits: 5 }, true)).to.deep.equal({
      kind: 'folder',
      share: 0.5,
      splits: 5,
    });
  });

  it('exception: splits of what is divided already', async () => {
    expect(await rejection(withDataSet(config, folder.path('mit'), { splits: 5 }, true))).to.equal(
      'Expected --splits to be given for class folders or 15-Scene, which are divided at random but received given for mit67',
    );
  });
});
