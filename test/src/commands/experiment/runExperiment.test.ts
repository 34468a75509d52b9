import { expect } from 'chai';
import sharp from 'sharp';
import type { ExperimentData } from '../../../../src/node/datasets/readers/splits.js';
import { readGroundTruth } from '../../../../src/commands/experiment/scores/groundTruth.js';
import { checkExperimentConfig } from '../../../../src/commands/experiment/readConfig.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

const config = {
  version: 1,
  title: 'Run',
  dataSet: { kind: 'folder' },
  size: 64,
  backbone: { name: 'Lite0', layer: 'head' },
  methods: [
    { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
    { kind: 'head', id: 'w8', name: 'WELDON', pooling: { kMax: 0.08 } },
    { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'gap' },
  ],
};
const set = { name: 'none', classes: ['a', 'b'], multiLabel: false, images: [] };
const none: ExperimentData = {
  name: 'none',
  classes: set.classes,
  multiLabel: false,
  splits: [{ train: set, test: set }],
  missing: [],
  notices: [],
};

describe('what the evaluation refuses before it begins', () => {
  it('exception: fields of methods on frozen features out of range, and members that are no list', () => {
    const said = (method: object) => {
      try {
        checkExperimentConfig(
          { ...config, methods: [...config.methods, { id: 'x', name: 'X', ...method }] },
          'run.json',
        );
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    expect(said({ kind: 'head', pooling: 'gap', normalize: 'regions', size: 224, maps: 4 })).to.equal('');
    expect(said({ kind: 'head', pooling: 'gap', normalize: 'all' })).to.equal(
      "Expected normalize of method x of run.json to be 'none', 'regions' or 'channels' but received \"all\"",
    );
    expect(said({ kind: 'svm', pooling: 'gap', size: 8 })).to.equal(
      'Expected size of method x of run.json to be a whole number of pixels >= 32 but received 8',
    );
    expect(said({ kind: 'head', pooling: 'gap', maps: 0 })).to.equal(
      'Expected maps of method x of run.json to be a whole number >= 1 but received 0',
    );
    expect(said({ kind: 'ensemble', of: 'gap' })).to.equal(
      'Expected of in method x of run.json to be ids of two methods or more above it but received "gap"',
    );
    expect(said({ kind: 'head', pooling: 'gap', full: true })).to.equal('');
    expect(said({ kind: 'head', pooling: 'gap', full: false })).to.equal(
      'Expected full of method x of run.json to be true, or absent but received false',
    );
  });
});

describe('true regions of the evaluation', () => {
  const folder = temporaryFolder();

  it('feature: an image without a mask is of no class anywhere, one without boxes has none', async () => {
    const image = folder.write(
      'a.png',
      await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const read = async () => null;
    expect(await readGroundTruth({ ...none, annotations: { kind: 'masks', read } }, [image])).to.deep.equal([
      { pixels: { data: new Int16Array(6).fill(-1), width: 3, height: 2 }, width: 3, height: 2 },
    ]);
    expect(await readGroundTruth({ ...none, annotations: { kind: 'boxes', read } }, [image])).to.deep.equal([
      { boxes: [], width: 3, height: 2 },
    ]);
    expect(await readGroundTruth(none, [image])).to.equal(null);
  });
});
