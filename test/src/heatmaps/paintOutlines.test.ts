import { expect } from 'chai';
import { paintOutlines } from '../../../src/heatmaps/paintOutlines.js';
import type { OutlineStyle } from '../../../src/heatmaps/regionOutlines.js';
import type { Pixels } from '../../../src/heatmaps/types.js';

const solid: OutlineStyle = { line: '#ffffff', casing: '#000000', dash: [] };

function grey(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(128);
  return { data, width, height };
}

/** `o` the light line, `#` the casing, `.` the image. */
function show({ data, width, height }: Pixels): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const byte = data[4 * (y * width + x)];
      return byte === 255 ? 'o' : byte === 0 ? '#' : '.';
    }).join(''),
  );
}

describe('paintOutlines', () => {
  it('draws a light line in a dark casing', () => {
    const pixels = grey(10, 8);
    paintOutlines(pixels, [{ x: 2, y: 2, width: 5, height: 3 }], solid, 1);
    expect(show(pixels)).to.deep.equal([
      '..........',
      '.########.',
      '.#oooooo#.',
      '.#o####o#.',
      '.#o####o#.',
      '.#oooooo#.',
      '.########.',
      '..........',
    ]);
  });

  it('keeps lines at the edge of the image inside', () => {
    const pixels = grey(7, 6);
    paintOutlines(pixels, [{ x: -5, y: -5, width: 50, height: 50 }], solid, 1);
    expect(show(pixels)).to.deep.equal(['#######', '#ooooo#', '#o###o#', '#o###o#', '#ooooo#', '#######']);
  });

  it('two pixels wide, neighbours in one line', () => {
    const pixels = grey(12, 8);
    paintOutlines(
      pixels,
      [
        { x: 2, y: 2, width: 4, height: 4 },
        { x: 6, y: 2, width: 4, height: 4 },
      ],
      solid,
      2,
    );
    expect(show(pixels)).to.deep.equal([
      '############',
      '#oooooooooo#',
      '#oooooooooo#',
      '#oo######oo#',
      '#oo######oo#',
      '#oooooooooo#',
      '#oooooooooo#',
      '############',
    ]);
  });

  it('dashes run on around the corners', () => {
    const pixels = grey(12, 9);
    // dash and gap of 2 · 1.5 = 3 and 1 · 1.5 ≈ 2 pixels, clockwise from the upper left corner (2, 2) to (9, 6)
    paintOutlines(pixels, [{ x: 2, y: 2, width: 7, height: 4 }], { ...solid, dash: [2, 1] }, 1);
    expect(show(pixels)).to.deep.equal([
      '............',
      '.##########.',
      '.#ooo##ooo#.',
      '.#o########.',
      '.#o#....###.',
      '.########o#.',
      '.##ooo##oo#.',
      '.##########.',
      '............',
    ]);
  });

  it('nothing to outline changes nothing; tiny images do no harm', () => {
    const pixels = grey(4, 3);
    paintOutlines(pixels, [], solid);
    expect(show(pixels)).to.deep.equal(['....', '....', '....']);
    paintOutlines(grey(1, 1), [{ x: 0, y: 0, width: 1, height: 1 }], solid, 3);
  });

  it('refuses a line width below one pixel', () => {
    expect(() => paintOutlines(grey(4, 4), [], solid, 0.5)).to.throw(
      'Expected lineWidth for paintOutlines to be a whole number of pixels >= 1 but received 0.5',
    );
  });
});
