import { expect } from 'chai';
import { resample } from '../../../src/node/images/resample.js';
import { normalDraws } from '../../../src/random.js';
import { imageOfPixels, pixelsOfBox } from '../../../src/search/pixelImage.js';
import { expectError } from '../../expectError.js';

describe('parts of an image of raw pixels', () => {
  it('smoke: pixels of a box, by hand', () => {
    const image = { width: 10, height: 5 };
    expect(pixelsOfBox({ x: 1.4, y: 0.6, width: 3, height: 2 }, image)).to.deep.equal({
      left: 1,
      top: 1,
      width: 3,
      height: 2,
    });
    expect(pixelsOfBox({ x: 9.9, y: 4.9, width: 0.1, height: 0.1 }, image)).to.deep.equal({
      left: 9,
      top: 4,
      width: 1,
      height: 1,
    });
  });

  it('feature: as Node resamples, within two grey levels on average', async () => {
    const [width, height] = [90, 70];
    const rough = normalDraws(width * height * 3, 20, 1);
    const data = Uint8Array.from(rough, (value, i) =>
      Math.min(255, Math.max(0, 128 + value + 60 * Math.sin((i % (width * 3)) / 40))),
    );
    const image = imageOfPixels({ data, width, height });
    for (const size of [40, 112]) {
      const found = await image.cut({ x: 0, y: 0, width, height }, size);
      const wanted = await resample({ data, width, height, channels: 3 }, size, size);
      const off = Array.from(found).reduce((sum, value, i) => sum + Math.abs(value - wanted.data[i]), 0) / found.length;
      expect(off, `${size}`).to.be.lessThan(2);
    }
  });

  it('feature: a part is a part, alpha is left out', async () => {
    const data = new Uint8Array(4 * 4 * 4).map((_, i) => (i % 4 === 3 ? 9 : Math.floor(i / 16) < 2 ? 10 : 200));
    const image = imageOfPixels({ data, width: 4, height: 4 });
    expect([...new Set(await image.cut({ x: 0, y: 0, width: 4, height: 2 }, 8))]).to.deep.equal([10]);
    expect([...new Set(await image.cut({ x: 1, y: 2, width: 3, height: 2 }, 8))]).to.deep.equal([200]);
  });

  it('exception: what is no image', () => {
    expectError(
      () => imageOfPixels({ data: new Uint8Array(5), width: 2, height: 2 }),
      'Expected the image to be pixels {data, width, height} with 3 or 4 values per pixel but received 5 values for 2×2 pixels',
    );
  });
});
