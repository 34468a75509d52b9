import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createCanvas } from 'canvas';
import { expect } from 'chai';
import { encodePng } from '../../../src/node/images/encodePixels.js';
import { readImage } from '../../../src/node/images/readImage.js';
import type { RawImage, RawImages } from '../../../src/models/prepareImages.js';
import { prepareImages } from '../../../src/models/prepareImages.js';
import { temporaryFolder } from '../node/temporaryFolder.js';

const recipe = { input: { colorOrder: 'rgb', scale: 1, offset: 0 }, resize: { rule: 'warp', size: 2 } } as const;
const colors = [255, 0, 0, 0, 128, 0, 0, 0, 255, 10, 20, 30];

async function valuesOf(images: RawImages): Promise<number[]> {
  const x = prepareImages(images, recipe);
  const values = Array.from(await x.data());
  x.dispose();
  return values;
}

describe('images as they are at hand', () => {
  const folder = temporaryFolder();
  before(() => tf.setBackend('cpu'));

  it('feature: what readImage gives, and a canvas of Node, several of them in an array', async () => {
    const rgba = new Uint8ClampedArray(16).map((_, i) => (i % 4 === 3 ? 255 : colors[(i >> 2) * 3 + (i % 4)]));
    const read = await readImage(folder.write('four.png', await encodePng({ data: rgba, width: 2, height: 2 })));
    const canvas = createCanvas(2, 2);
    const context = canvas.getContext('2d');
    for (let i = 0; i < 4; i++) {
      context.fillStyle = `rgb(${colors.slice(3 * i, 3 * i + 3).join(',')})`;
      context.fillRect(i % 2, i >> 1, 1, 1);
    }
    const before = tf.memory().numTensors;
    expect(await valuesOf(read)).to.deep.equal(colors);
    expect(await valuesOf(canvas)).to.deep.equal(colors);
    expect(await valuesOf([canvas, read, { data: rgba, width: 2, height: 2 }])).to.deep.equal(
      [colors, colors, colors].flat(),
    );
    expect(tf.memory().numTensors).to.equal(before);
  });

  const element = { naturalWidth: 2, naturalHeight: 2, complete: true };
  const refusals: [name: string, image: object, sentence: string][] = [
    [
      'an <img> that is loading',
      { ...element, complete: false },
      'Expected image 0 to be an <img> that has loaded: wait for its decode() first but received one that is still loading',
    ],
    ['an <img> that failed', { ...element, naturalWidth: 0, naturalHeight: 0 }, 'but received one that holds no image'],
    [
      'a closed ImageBitmap',
      { width: 0, height: 0, close: () => undefined },
      'Expected image 0 to be an image with pixels but received one of 0×0, as a closed ImageBitmap is',
    ],
    ['an <img> where nothing draws', element, 'where there is no canvas to draw on but received an image to draw'],
    ['an object without pixels', { path: 'x.jpg' }, 'but received an object without them'],
  ];
  for (const [name, image, sentence] of refusals) {
    it(`exception: ${name}`, () => {
      const before = tf.memory().numTensors;
      expect(() => prepareImages(image as RawImage, recipe)).to.throw(sentence);
      expect(tf.memory().numTensors).to.equal(before);
    });
  }
});
