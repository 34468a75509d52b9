import { expect } from 'chai';
import { colorMapNames, colorTable } from '../../../src/heatmaps/colorMaps.js';
import type { ColorMapName } from '../../../src/heatmaps/colorMaps.js';
import { colorizeMap } from '../../../src/heatmaps/colorizeMap.js';
import { overlayMap } from '../../../src/heatmaps/overlayMap.js';
import type { ClassMap, Pixels } from '../../../src/heatmaps/types.js';

const row = (...values: number[]): ClassMap => ({ data: Float32Array.from(values), rows: 1, columns: values.length });
const entry = (name: ColorMapName, index: number) => [...colorTable(name).subarray(3 * index, 3 * index + 3)];
const pixel = ({ data }: Pixels, index: number) => [...data.subarray(4 * index, 4 * index + 4)];
const photo = (width: number, height: number, ...rgba: number[]): Pixels => ({
  data: Uint8ClampedArray.from(Array.from({ length: width * height }, () => rgba).flat()),
  width,
  height,
});

describe('colorTable', () => {
  it('has the published colours at its ends', () => {
    // viridis as published with matplotlib; RdBu and PuOr as published by ColorBrewer (11 classes)
    expect([entry('viridis', 0), entry('viridis', 255)]).to.deep.equal([
      [0x44, 0x01, 0x54],
      [0xfd, 0xe7, 0x25],
    ]);
    expect([entry('blueRed', 0), entry('blueRed', 255)]).to.deep.equal([
      [0x05, 0x30, 0x61],
      [0x67, 0x00, 0x1f],
    ]);
    expect([entry('purpleOrange', 0), entry('purpleOrange', 255)]).to.deep.equal([
      [0x2d, 0x00, 0x4b],
      [0x7f, 0x3b, 0x08],
    ]);
  });

  it('sequential maps grow lighter all the way, so they read without any colour vision', () => {
    for (const name of ['viridis', 'cividis', 'magma', 'inferno'] as const) {
      const luminance = Array.from({ length: 256 }, (_, i) => {
        const [r, g, b] = entry(name, i).map((byte) => (byte / 255) ** 2.2);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      });
      for (let i = 8; i < 256; i += 8) {
        expect(luminance[i], `${name} ${i}`).to.be.above(luminance[i - 8]);
      }
    }
  });

  it('lists its names and refuses others', () => {
    expect(colorMapNames).to.include.members(['viridis', 'cividis', 'magma', 'inferno', 'blueRed', 'purpleOrange']);
    expect(() => colorTable('jet' as ColorMapName)).to.throw('Expected the colour map to be one of viridis, cividis');
    expect(() => colorTable('toString' as ColorMapName)).to.throw('Expected the colour map');
  });
});

describe('colorizeMap', () => {
  it('paints one pixel a region: low end, middle, high end', () => {
    const pixels = colorizeMap(row(-2, 0, 2));
    expect([pixels.width, pixels.height]).to.deep.equal([3, 1]);
    expect(pixel(pixels, 0)).to.deep.equal([...entry('blueRed', 0), 255]);
    expect(pixel(pixels, 1)).to.deep.equal([...entry('blueRed', 128), 255]); // 127.5 rounds up
    expect(pixel(pixels, 2)).to.deep.equal([...entry('blueRed', 255), 255]);
  });

  it('takes viridis for ranges that are not diverging, and any other map by name', () => {
    expect(pixel(colorizeMap(row(1, 3), { range: 'sequential' }), 0)).to.deep.equal([...entry('viridis', 0), 255]);
    expect(pixel(colorizeMap(row(1, 3), { range: 'sequential', colors: 'magma' }), 1)).to.deep.equal([
      ...entry('magma', 255),
      255,
    ]);
  });

  it('NaN is transparent, infinities take the ends', () => {
    const pixels = colorizeMap(row(NaN, Infinity, -Infinity, 1));
    expect(pixel(pixels, 0)).to.deep.equal([0, 0, 0, 0]);
    expect(pixel(pixels, 1)).to.deep.equal([...entry('blueRed', 255), 255]);
    expect(pixel(pixels, 2)).to.deep.equal([...entry('blueRed', 0), 255]);
  });

  it('opacity is constant, or follows the evidence', () => {
    const alphas = (fade: boolean) =>
      [0, 1, 2].map((i) => pixel(colorizeMap(row(-2, 0, 2), { opacity: 0.5, fade }), i)[3]);
    expect(alphas(false)).to.deep.equal([128, 128, 128]);
    // step 128 of 0 … 255 is 1/255 away from the middle: 0.5 · 255 · 1/255 rounds to 0 or 1
    const [against, none, forIt] = alphas(true);
    expect([against, forIt]).to.deep.equal([128, 128]);
    expect(none).to.be.at.most(1);
  });

  it('faded diverging colours tell the sign: from half way out to 0.72 of each half', () => {
    const pixels = colorizeMap(row(-2, 0.004, 2), { fade: true });
    // 127.5 · (1 ∓ 0.72) = 35.7 and 219.3; just above 0: 127.5 · (1 + 0.5 + 0.22/255) = 191.4
    expect(pixel(pixels, 0)).to.deep.equal([...entry('blueRed', 36), 255]);
    expect(pixel(pixels, 1).slice(0, 3)).to.deep.equal(entry('blueRed', 191));
    expect(pixel(pixels, 2)).to.deep.equal([...entry('blueRed', 219), 255]);
    const sequential = colorizeMap(row(0, 1), { range: 'sequential', fade: true });
    expect([pixel(sequential, 0)[3], ...pixel(sequential, 1)]).to.deep.equal([0, ...entry('viridis', 255), 255]);
  });

  it('constant and all-negative maps have their documented look', () => {
    expect(pixel(colorizeMap(row(0, 0)), 0).slice(0, 3)).to.deep.equal(entry('blueRed', 128));
    expect(pixel(colorizeMap(row(5, 5), { range: 'sequential' }), 0).slice(0, 3)).to.deep.equal(entry('viridis', 128));
    expect(pixel(colorizeMap(row(-5, -1), { range: 'positive' }), 1).slice(0, 3)).to.deep.equal(entry('viridis', 0));
  });

  it('refuses an opacity outside 0 … 1', () => {
    expect(() => colorizeMap(row(1), { opacity: 1.5 })).to.throw(
      'Expected opacity to be a number with 0 <= opacity <= 1 but received 1.5',
    );
    expect(() => colorizeMap(row(1), { opacity: NaN })).to.throw('Expected opacity');
  });
});

describe('overlayMap', () => {
  it('blends image and colour by hand-computed alpha and keeps the image', () => {
    const grey = photo(2, 1, 100, 100, 100, 200);
    const picture = overlayMap(grey, row(-1, 1), { opacity: 0.25, fade: false, method: 'bilinear' });
    // blueRed ends: (5, 48, 97) and (103, 0, 31); 100 + 0.25 * (5 - 100) = 76.25, 100 - 13 = 87, 99.25, …
    expect(pixel(picture, 0)).to.deep.equal([76, 87, 99, 200]);
    expect(pixel(picture, 1)).to.deep.equal([101, 75, 83, 200]);
    expect(pixel(grey, 0)).to.deep.equal([100, 100, 100, 200]);
  });

  it('opacity 0, and places without evidence, show the image', () => {
    const white = photo(3, 2, 250, 240, 230, 255);
    expect([...overlayMap(white, row(-1, 5), { opacity: 0 }).data]).to.deep.equal([...white.data]);
    const picture = overlayMap(white, row(0, 0), {});
    pixel(picture, 2).forEach((byte, i) => expect(byte).to.be.closeTo(white.data[i], 3));
  });

  it('paints nothing outside the window that the network saw', () => {
    const grey = photo(6, 2, 100, 100, 100, 255);
    const picture = overlayMap(grey, row(1, 1), { fade: false, window: { x: 2, y: 0, width: 3, height: 1 } });
    const painted = Array.from({ length: 12 }, (_, i) => pixel(picture, i)[1] !== 100);
    expect(painted).to.deep.equal([false, false, true, true, true, false, false, false, false, false, false, false]);
  });

  it('NaN leaves the image as it is', () => {
    const grey = photo(2, 2, 9, 9, 9, 255);
    expect([...overlayMap(grey, row(NaN), { fade: false }).data]).to.deep.equal([...grey.data]);
  });

  it('refuses pixels that are not RGBA of their size', () => {
    expect(() => overlayMap({ data: new Uint8ClampedArray(9), width: 3, height: 1 }, row(1))).to.throw(
      'Expected data of the image of overlayMap to be 3 × 1 × 4 RGBA bytes but received 9 bytes',
    );
  });
});
