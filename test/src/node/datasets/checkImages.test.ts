import { expect } from 'chai';
import { checkImages } from '../../../../src/node/datasets/checkImages.js';
import type { ImageDataSet } from '../../../../src/node/datasets/imageDataSet.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { writeColor } from './testImages.js';

describe('checkImages', () => {
  const folder = temporaryFolder();
  let photos: ImageDataSet;
  before(async () => {
    for (const name of ['a.png', 'b.png']) {
      await writeColor(folder.path(name), [1, 2, 3]);
    }
    folder.write('c.jpg', '');
    folder.write('d.jpg', 'a shopping list');
    const images = ['a.png', 'c.jpg', 'b.png', 'd.jpg'].map((name, i) => ({
      path: folder.path(name),
      labels: [i === 2 ? 1 : 0],
    }));
    photos = { name: 'images', classes: ['x', 'y', 'z'], multiLabel: false, images };
  });

  it('feature: unreadable images are left out and said once, with their number', async () => {
    const notices: string[] = [];
    const steps: number[] = [];
    const { dataSet, unreadable } = await checkImages(photos, {
      notice: (sentence) => notices.push(sentence),
      onProgress: (done, total) => steps.push(done / total),
    });
    expect(dataSet).to.deep.equal({ ...photos, images: [photos.images[0], photos.images[2]] });
    const reasons = [
      `Expected ${folder.path('c.jpg')} to be a JPEG, PNG, WebP, GIF, AVIF or TIFF image but received an empty file: copy or download it again`,
      `Expected ${folder.path('d.jpg')} to be a JPEG, PNG, WebP, GIF, AVIF or TIFF image but received a text file: convert it or leave it out`,
    ];
    expect(unreadable).to.deep.equal([
      { path: folder.path('c.jpg'), reason: reasons[0] },
      { path: folder.path('d.jpg'), reason: reasons[1] },
    ]);
    expect(notices).to.deep.equal([`2 of 4 images of images cannot be read and are left out: ${reasons.join('; ')}`]);
    expect(steps).to.deep.equal([0.25, 0.5, 0.75, 1]);
  });

  it('feature: a sound data set comes back as it is, without a word', async () => {
    const sound = { ...photos, images: [photos.images[0]] };
    const notice = (sentence: string) => {
      throw new Error(sentence);
    };
    expect((await checkImages(sound, { notice })).dataSet).to.equal(sound);
  });

  it('exception: a class of which nothing is left', async () => {
    const bare = { ...photos, images: [photos.images[0], { path: folder.path('d.jpg'), labels: [1] }] };
    expect(await rejection(checkImages(bare))).to.match(
      /^1 of 2 images of images cannot be read, which leaves none of y: Expected .*d\.jpg to be/,
    );
  });

  it('exception: a signal', async () => {
    const thrown = await checkImages(photos, { signal: AbortSignal.abort(new Error('enough')) }).catch(
      (error: Error) => error.message,
    );
    expect(thrown).to.equal('enough');
  });
});
