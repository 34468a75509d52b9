import { expect } from 'chai';
import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import sharp from 'sharp';
import { readPascalVoc } from '../../../../../src/node/datasets/readers/pascalVoc.js';
import { shownPrecisions } from '../../../../../src/commands/experiment/scores/recognition.js';
import { statisticsOf } from '../../../../../src/commands/experiment/scores/metricTable.js';
import { temporaryFolder } from '../../../node/temporaryFolder.js';

describe('average precision without difficult images, on a folder like Pascal VOC', () => {
  const folder = temporaryFolder();

  it('a difficult image counts neither for nor against its class, and counts for the others', async () => {
    const lists: Record<string, string> = {
      cat_trainval: '01  1\n02 -1\n',
      dog_trainval: '01 -1\n02  1\n',
      cat_test: '03  1\n04  0\n05 -1\n06  1\n',
      dog_test: '03 -1\n04  1\n05  1\n06 -1\n',
    };
    for (const [name, text] of Object.entries(lists)) {
      mkdirSync(dirname(folder.path('voc/ImageSets/Main/x')), { recursive: true });
      folder.write(`voc/ImageSets/Main/${name}.txt`, text);
    }
    mkdirSync(folder.path('voc/JPEGImages'), { recursive: true });
    for (let i = 1; i <= 6; i++) {
      folder.write(
        `voc/JPEGImages/0${i}.jpg`,
        await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: i, g: 9, b: 9 } } })
          .png()
          .toBuffer(),
      );
    }
    const {
      splits: [{ test }],
      leftOut,
      notices,
    } = await readPascalVoc(folder.path('voc'));
    expect(notices).to.deep.equal([
      'Images in which a class is marked difficult, 1: average precision of that class leaves them out; ' +
        'training takes them as not showing it',
    ]);
    // cat, dog; by name of the image
    const scores: Record<string, [number, number]> = {
      '03': [0.8, 0.1],
      '04': [0.9, 0.9],
      '05': [0.7, 0.8],
      '06': [0.6, 0.2],
    };
    const outcome = {
      choice: null,
      grid: null,
      seeds: [{ seed: 1, maps: [], scores: test.images.flatMap(({ path }) => scores[basename(path, '.jpg')]) }],
    };
    const everything = test.images.map((_, i) => i);
    // cat without image 04: right, wrong, right; dog: right, right, wrong, wrong
    const { map, map07 } = statisticsOf(test, outcome, null, true, leftOut);
    expect(map.each[0](everything)).to.be.closeTo(((1 + 2 / 3) / 2 + 1) / 2, 1e-12);
    expect(map07.each[0](everything)).to.be.closeTo(((6 + (5 * 2) / 3) / 11 + 1) / 2, 1e-12);
    expect(shownPrecisions(test, outcome, leftOut)).to.deep.equal([(1 + 2 / 3) / 2, 1]);
    expect(
      shownPrecisions({ ...test, images: test.images.map((image) => ({ ...image, labels: [] })) }, outcome, undefined),
    ).to.deep.equal([null, null]);
    // with image 04 as one that shows no cat: wrong, right, wrong, right
    expect(statisticsOf(test, outcome, null).map.each[0](everything)).to.be.closeTo(
      ((1 / 2 + 2 / 4) / 2 + 1) / 2,
      1e-12,
    );
  });
});
