import { expect } from 'chai';
import sharp from 'sharp';
import { boxInImage } from '../../../../src/models/resizeMapping.js';
import type { DecodedImage } from '../../../../src/node/images/readImage.js';
import { readForModel, resizeForModel } from '../../../../src/node/images/readForModel.js';
import { resample } from '../../../../src/node/images/resample.js';
import { rgbaPixels } from '../../../../src/node/images/readImage.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

/** One grey value per column. */
function columns(width: number, height: number, grey: (x: number) => number): DecodedImage {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels.fill(grey(i % width), i * 3, i * 3 + 3);
  }
  return { path: 'columns.png', pixels, width, height, originalWidth: width, originalHeight: height, format: 'png' };
}

const firstChannel = (data: ArrayLike<number>, width: number, row = 0) =>
  Array.from({ length: width }, (_, x) => data[(row * width + x) * 3]);

describe('resample', () => {
  // Red of a 6 × 4 noise image and what Pillow 13.0 makes of it: Image.resize(size, Image.BICUBIC).
  const red = [
    37, 72, 203, 192, 204, 252, 178, 101, 139, 156, 50, 215, 247, 86, 137, 61, 1, 209, 141, 234, 30, 198, 57, 24,
  ];
  const source = {
    data: Uint8Array.from(red.flatMap((value) => [value, value, value])),
    width: 6,
    height: 4,
    channels: 3 as const,
  };
  const pillow: [width: number, height: number, red: number[][]][] = [
    [
      4,
      3,
      [
        [67, 153, 183, 217],
        [174, 120, 71, 144],
        [186, 114, 108, 55],
      ],
    ],
    [
      9,
      7,
      [
        [23, 39, 89, 192, 209, 196, 212, 238, 255],
        [77, 73, 94, 171, 192, 181, 158, 201, 246],
        [174, 135, 101, 135, 161, 147, 61, 136, 227],
        [236, 158, 85, 135, 128, 82, 12, 118, 235],
        [252, 170, 89, 129, 105, 51, 2, 104, 214],
        [174, 189, 173, 72, 107, 144, 52, 53, 83],
        [125, 199, 223, 39, 110, 202, 84, 25, 6],
      ],
    ],
    [
      3,
      8,
      [
        [58, 193, 235],
        [79, 178, 211],
        [121, 145, 159],
        [151, 113, 123],
        [165, 84, 107],
        [171, 85, 87],
        [170, 113, 65],
        [170, 127, 54],
      ],
    ],
  ];

  it("agrees with Pillow's BICUBIC on noise, shrinking, enlarging, and one of each", async () => {
    for (const [width, height, wanted] of pillow) {
      const { data } = await resample(source, width, height);
      const got = wanted.map((_, row) => firstChannel(data, width, row));
      // The two treat the outermost pixels differently (clamped here, cut and renormalised there); noise is the worst case.
      const differences = wanted.flatMap((line, row) => line.map((value, x) => Math.abs(value - got[row][x])));
      const mean = differences.reduce((sum, value) => sum + value) / differences.length;
      expect(mean, `${width} × ${height}`).to.be.below(6);
      const inner = wanted
        .slice(1, -1)
        .flatMap((line, row) => line.slice(2, -2).map((value, x) => Math.abs(value - got[row + 1][x + 2])));
      inner.forEach((difference) => expect(difference, `${width} × ${height}`).to.be.at.most(6));
    }
  });

  it('keeps pixel centres in place when it enlarges', async () => {
    const ramp = columns(8, 8, (x) => 20 + 20 * x);
    for (const width of [11, 12, 16, 37]) {
      const { data } = await resample({ data: ramp.pixels, width: 8, height: 8, channels: 3 }, width, width);
      const line = firstChannel(data, width, width >> 1);
      for (let x = 0; x < width; x++) {
        const place = ((x + 0.5) * 8) / width - 0.5;
        if (place >= 1 && place <= 6) {
          expect(line[x], `${width}: ${x}`).to.be.closeTo(20 + 20 * place, 1);
        }
      }
    }
  });

  it('one pixel fills any size', async () => {
    const { data } = await resample({ data: Uint8Array.of(9, 8, 7), width: 1, height: 1, channels: 3 }, 64, 3);
    expect(data.length).to.equal(64 * 3 * 3);
    expect(new Set(data)).to.deep.equal(new Set([9, 8, 7]));
  });
});

describe('resizeForModel', () => {
  it('warp: the whole image at size × size', async () => {
    const input = await resizeForModel(
      columns(64, 32, (x) => 4 * x),
      { rule: 'warp', size: 32 },
    );
    expect([input.width, input.height, input.pixels.length]).to.deep.equal([32, 32, 32 * 32 * 3]);
    // output column i covers columns 2i and 2i + 1: grey 8i + 2
    expect(firstChannel(input.pixels, 32)[10]).to.be.closeTo(82, 1);
    expect(input.toImage).to.deep.equal({ scaleX: 2, scaleY: 1, offsetX: 0, offsetY: 0 });
  });

  it('crop: what the network sees is where the mapping says', async () => {
    // 200 × 100, short side to 64, window 48: scaled 128 × 64, window at (40, 8)
    const image = columns(200, 100, (x) => x);
    const input = await resizeForModel(image, { rule: 'crop', size: 48, cropRatio: 0.75 });
    const seen = boxInImage({ x: 0, y: 0, width: 48, height: 48 }, input.toImage);
    expect(seen).to.deep.equal({ x: 62.5, y: 12.5, width: 75, height: 75 });
    for (const column of [0, 20, 47]) {
      const x = (column + 0.5) * input.toImage.scaleX + input.toImage.offsetX;
      expect(firstChannel(input.pixels, 48)[column]).to.be.closeTo(x - 0.5, 1); // grey = x at pixel centre x + 0.5
    }
  });

  it('fit: nothing cut off, aspect kept', async () => {
    const input = await resizeForModel(
      columns(200, 100, (x) => x),
      { rule: 'fit', size: 32 },
    );
    expect([input.width, input.height]).to.deep.equal([64, 32]);
  });

  it('refuses strips that would fill the memory', async () => {
    const strip = { ...columns(4, 1, () => 0), originalWidth: 100000, originalHeight: 1 };
    expect(await rejection(resizeForModel(strip, { rule: 'fit', size: 224 }))).to.equal(
      "Expected columns.png to be an image less long and narrow for the resize rule 'fit' but received 100000 × 1 pixels: cut it, or resize by 'warp'",
    );
  });
});

describe('readForModel', () => {
  const folder = temporaryFolder();

  it("gives the network's input from all pixels and an image for drawing", async () => {
    const { pixels } = columns(300, 200, (x) => x / 2);
    const path = folder.write(
      'image.png',
      await sharp(pixels, { raw: { width: 300, height: 200, channels: 3 } })
        .png()
        .toBuffer(),
    );
    const { image, input } = await readForModel(path, { rule: 'warp', size: 50 }, { imageSide: 150 });
    expect([image.width, image.height, image.originalWidth, image.originalHeight]).to.deep.equal([150, 100, 300, 200]);
    expect(input.toImage).to.deep.equal({ scaleX: 6, scaleY: 4, offsetX: 0, offsetY: 0 });
    expect((await readForModel(path, { rule: 'warp', size: 50 })).image.width).to.equal(300);
  });

  it('maps to the upright image where EXIF turns it', async () => {
    const bytes = await sharp({ create: { width: 80, height: 40, channels: 3, background: '#777' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const { image, input } = await readForModel(folder.write('turned.jpg', bytes), { rule: 'warp', size: 20 });
    expect([image.width, image.height]).to.deep.equal([40, 80]);
    expect([input.toImage.scaleX, input.toImage.scaleY]).to.deep.equal([2, 4]);
  });
});

describe('rgbaPixels', () => {
  it('adds an opaque alpha', () => {
    expect(rgbaPixels({ pixels: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 })).to.deep.equal({
      data: Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 255),
      width: 2,
      height: 1,
    });
  });
});
