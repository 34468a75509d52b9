import { expect } from 'chai';
import type { Pixels } from '../../../src/heatmaps/types.js';
import { drawHeatmap, nodeCanvas } from '../../../src/node/canvas/drawHeatmap.js';
import { rejection } from '../node/temporaryFolder.js';
import { expectLikeGolden } from './compareImages.js';
import { ends, syntheticHeatmap } from './syntheticHeatmap.js';

/** The number of pixels from each edge until something is drawn. */
function margins({ data, width, height }: Pixels): number[] {
  let [left, top, right, bottom] = [width, height, width, height];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 4 * (y * width + x);
      if (data[i] !== 255 || data[i + 1] !== 255 || data[i + 2] !== 255) {
        left = Math.min(left, x);
        right = Math.min(right, width - 1 - x);
        top = Math.min(top, y);
        bottom = Math.min(bottom, height - 1 - y);
      }
    }
  }
  return [left, top, right, bottom];
}

describe('drawHeatmap', () => {
  describe('feature', () => {
    it('image and classes in a row, legend, regions, caption', async () => {
      await expectLikeGolden('row', await drawHeatmap(syntheticHeatmap(300, 200)));
    });

    it('a legend for each class, sequential colours, one class name cut short', async () => {
      const heatmap = syntheticHeatmap(280, 210);
      await expectLikeGolden(
        'ownRanges',
        await drawHeatmap(heatmap, { ownRange: true, range: 'sequential', colors: 'cividis', maxWidth: 900 }),
      );
    });

    it('what the network did not see is dimmed; receptive fields are outlined on request', async () => {
      const heatmap = syntheticHeatmap(200, 300, {
        originalWidth: 400,
        originalHeight: 600,
        window: { x: 0, y: 100, width: 400, height: 400 },
      });
      const [sun] = heatmap.classes;
      sun.boxes = {
        top: [
          { x: 150, y: 150, width: 200, height: 200 },
          { x: 200, y: 200, width: 250, height: 200 },
        ],
        bottom: [],
      };
      await expectLikeGolden(
        'window',
        await drawHeatmap({ ...heatmap, classes: [sun] }, { outlines: 'boxes', colors: 'purpleOrange' }),
      );
    });

    it('keeps clear margins at any size and shape, with long names', async () => {
      for (const [width, height] of [
        [1, 1],
        [20, 15],
        [200, 150],
        [640, 480],
        [4000, 3000],
        [30, 2000],
        [2000, 40],
      ]) {
        const heatmap = syntheticHeatmap(width, height, {
          path: `${'a very long file name '.repeat(12)}.jpg`,
          model: 'M'.repeat(300),
        });
        heatmap.classes.push({ ...heatmap.classes[0], name: 'W'.repeat(200) });
        const pixels = await drawHeatmap(heatmap);
        expect(pixels.width, `${width} × ${height}`).to.be.within(230, 2600);
        margins(pixels).forEach((margin) => expect(margin, `${width} × ${height}`).to.be.at.least(15));
      }
    });

    it('shows the image unchanged beside the map', async () => {
      const heatmap = syntheticHeatmap(300, 200);
      const pixels = await drawHeatmap(heatmap);
      const [left, top] = margins(pixels);
      // the title is above the image: look for the image's first row below it
      const at = (x: number, y: number) => [
        ...pixels.data.subarray(4 * (y * pixels.width + x), 4 * (y * pixels.width + x) + 3),
      ];
      const wanted = [...heatmap.image.data.subarray(0, 3)];
      let y = top;
      while (at(left + 1, y).join() !== wanted.join()) {
        y++;
      }
      for (const [x, row] of [
        [0, 0],
        [299, 0],
        [0, 199],
        [299, 199],
        [200, 80],
      ]) {
        expect(at(left + x, y + row)).to.deep.equal([
          ...heatmap.image.data.subarray(4 * (row * 300 + x), 4 * (row * 300 + x) + 3),
        ]);
      }
    });

    it('maps without regions, of one region, constant or full of NaN are drawn', async () => {
      for (const values of [
        [0, 0, 0, 0],
        [5, 5, 5, 5],
        [-1, -2, -3, -4],
        [NaN, NaN, NaN, NaN],
        [NaN, 1, 2, Infinity],
      ]) {
        const map = { data: Float32Array.from(values), rows: 2, columns: 2 };
        for (const range of ['diverging', 'sequential', 'positive'] as const) {
          const heatmap = syntheticHeatmap(64, 48, {
            classes: [{ name: 'x', score: NaN, map, regions: ends(map, 1) }],
            pooling: undefined,
            model: undefined,
          });
          expect((await drawHeatmap(heatmap, { range })).width).to.be.above(280);
        }
      }
      const one = { data: Float32Array.of(2), rows: 1, columns: 1 };
      await drawHeatmap(syntheticHeatmap(64, 48, { classes: [{ name: '', score: 2, map: one }] }), {
        outlines: 'none',
        showImage: false,
      });
    });
  });

  describe('port', () => {
    it('measures, writes and resizes on the canvas that it is given, and nowhere else', async () => {
      const asked: string[] = [];
      const drawn = await drawHeatmap(
        syntheticHeatmap(3000, 2000),
        {},
        {
          measuringPen() {
            asked.push('pen');
            return nodeCanvas.measuringPen();
          },
          drawPiece(width, height, paper, draw) {
            asked.push('piece');
            nodeCanvas.drawPiece(width, height, paper, draw);
            return { data: new Uint8ClampedArray(4 * width * height).fill(7), width, height };
          },
          async resample(_image, width, height) {
            asked.push('resample');
            return { data: new Uint8ClampedArray(4 * width * height).fill(9), width, height };
          },
        },
      );
      expect(asked).to.deep.equal(['resample', 'pen', 'piece', 'piece']);
      const [left, top] = margins(drawn);
      const at = (x: number, y: number) => drawn.data[4 * (y * drawn.width + x)];
      const column = Array.from({ length: drawn.height - top }, (_, y) => at(left, top + y));
      expect(
        column.filter((value) => ![7, 9, 255].includes(value)),
        'pixels of another origin',
      ).to.deep.equal([]);
      expect(column).to.include.members([7, 9]);
    });
  });

  describe('exception', () => {
    it('names heatmap and fault', async () => {
      const heatmap = syntheticHeatmap(8, 6);
      expect(await rejection(drawHeatmap({ ...heatmap, classes: [] }))).to.equal(
        'Expected classes for images/sun over a field.jpg to be at least one class but received none',
      );
      expect(await rejection(drawHeatmap(heatmap, { outlines: 'circles' as 'cells' }))).to.contain(
        "'cells', 'boxes' or 'none'",
      );
      expect(await rejection(drawHeatmap({ ...heatmap, image: { ...heatmap.image, width: 9 } }))).to.contain(
        '9 × 6 × 4 RGBA bytes but received 192 bytes',
      );
    });
  });
});
