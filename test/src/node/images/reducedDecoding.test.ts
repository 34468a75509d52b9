import { expect } from 'chai';
import sharp from 'sharp';
import { readForModel, shrinkFor } from '../../../../src/node/images/readForModel.js';
import { readImage } from '../../../../src/node/images/readImage.js';
import { plainVariant } from '../../../../src/training/augmentation/augmentation.js';
import { preprocessingWords, rawImage } from '../../../../src/node/loading/imageTask.js';
import { temporaryFolder } from '../temporaryFolder.js';

const photos = ['astronaut', 'cat', 'coffee', 'pagoda', 'rocket'].map((name) => `demos/photos/${name}.jpg`);

/** Mean and largest difference of two images. */
function difference(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  expect(a.length).to.equal(b.length);
  let [sum, most] = [0, 0];
  a.forEach((value, i) => {
    sum += Math.abs(value - b[i]);
    most = Math.max(most, Math.abs(value - b[i]));
  });
  return { mean: sum / a.length, most };
}

describe('reduced decoding', () => {
  const folder = temporaryFolder();

  it('feature: the input of a network differs by less than one grey level in the mean', async () => {
    for (const photo of photos) {
      for (const [width, height, rule] of [
        [1793, 1200, 'warp'],
        [1201, 1799, 'crop'],
        [2400, 1500, 'fit'],
      ] as const) {
        const path = folder.path('large.jpg');
        await sharp(photo).resize(width, height, { fit: 'fill' }).jpeg({ quality: 90 }).toFile(path);
        const resize = { rule, size: 224 };
        const [full, reduced] = [
          await readForModel(path, resize, { imageSide: 300 }),
          await readForModel(path, resize, { imageSide: 300, decode: 'reduced' }),
        ];
        expect({ ...reduced.input, pixels: 0 }).to.deep.equal({ ...full.input, pixels: 0 });
        expect(reduced.image).to.include({ originalWidth: width, originalHeight: height });
        const { mean, most } = difference(reduced.input.pixels, full.input.pixels);
        expect(mean, `${photo} ${rule}`).to.be.below(1);
        expect(most, `${photo} ${rule}`).to.be.below(64);
      }
    }
  });

  it('feature: by an eighth, a quarter or a half, for JPEGs alone, and never below what is needed', async () => {
    const [jpeg, png] = [folder.path('a.jpg'), folder.path('a.png')];
    await sharp(photos[0]).resize(801, 640, { fit: 'fill' }).toFile(jpeg);
    await sharp(photos[0]).resize(801, 640, { fit: 'fill' }).toFile(png);
    const sizeOf = async (path: string, factor: number) => {
      const { width, height, originalWidth, originalHeight } = await readImage(path, { shrink: () => factor });
      expect([originalWidth, originalHeight]).to.deep.equal([801, 640]);
      return [width, height];
    };
    expect(await sizeOf(jpeg, 1.99)).to.deep.equal([801, 640]);
    expect(await sizeOf(jpeg, 2)).to.deep.equal([400, 320]);
    expect(await sizeOf(jpeg, 7.9)).to.deep.equal([200, 160]);
    expect(await sizeOf(jpeg, 100)).to.deep.equal([100, 80]);
    expect(await sizeOf(png, 100)).to.deep.equal([801, 640]);
    expect(shrinkFor({ rule: 'warp', size: 224 })(896, 2240)).to.equal(2);
    expect(shrinkFor({ rule: 'warp', size: 224 }, 1600)(4000, 3000)).to.equal(2.5);
  });

  it('feature: upright by EXIF all the same; off unless asked for; another key for features', async () => {
    const path = folder.path('turned.jpg');
    await sharp(photos[1]).resize(1200, 800, { fit: 'fill' }).withMetadata({ orientation: 6 }).toFile(path);
    const task = {
      path,
      rule: { rule: 'warp' as const, size: 180 },
      input: { colorOrder: 'rgb' as const, scale: 1, offset: 0 },
      variant: plainVariant,
    };
    const [full, usual, reduced] = [
      await rawImage({ ...task, decode: 'full' }),
      await rawImage(task),
      await rawImage({ ...task, decode: 'reduced' }),
    ];
    expect(usual).to.deep.equal(full);
    const { mean } = difference(reduced.pixels as Uint8Array, full.pixels as Uint8Array);
    expect(mean).to.be.above(0).and.below(1);
    expect(preprocessingWords({ ...task, decode: 'full' })).to.equal(preprocessingWords(task));
    expect(preprocessingWords({ ...task, decode: 'reduced' })).not.to.equal(preprocessingWords(task));
  });
});
