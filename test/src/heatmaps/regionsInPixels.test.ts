import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { classHeatmaps } from '../../../src/heatmaps/classHeatmaps.js';
import { mapGeometry, regionsInPixels } from '../../../src/heatmaps/regionsInPixels.js';
import type { Region } from '../../../src/heatmaps/types.js';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import type { Box } from '../../../src/models/resizeMapping.js';
import { receptiveField } from '../../../src/models/receptiveField.js';
import type { RecipeParts } from '../../../src/models/recipeMetadata.js';
import { withRecipe } from '../../../src/models/recipeMetadata.js';
import '../../backends.js';
import { expectError } from '../../expectError.js';
import { describeWithShared } from '../../shared.js';
import { loadModelFolder } from '../models/modelFolder.js';
import { chain, seedWeights } from '../models/smallModels.js';

/** Stride 4, window 5 px, no padding: region (r, c) sees rows 4r … 4r + 4. */
function plain(resize: RecipeParts['resize'], size: [number | null, number | null] = [null, null]): tfl.LayersModel {
  const image = tfl.input({ shape: [...size, 3], name: 'image' });
  const maps = chain(image, tfl.layers.conv2d({ filters: 2, kernelSize: 5, strides: 4, name: 'maps' }));
  const model = seedWeights(
    tfl.model({ inputs: image, outputs: chain(maps, tfl.layers.globalMaxPooling2d({})), name: 'plain' }),
  );
  return withRecipe(model, { input: { colorOrder: 'rgb', scale: 1, offset: 0 }, resize });
}

const region = (row: number, column: number): Region => ({ index: NaN, row, column, value: 1 });
const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

describe('regionsInPixels', () => {
  before(() => tf.setBackend('cpu'));

  describe('feature', () => {
    it('prepared images: cells of a stride around the centre, fields of the whole window, cut at the edges', () => {
      const model = plain(undefined);
      const [first, last] = regionsInPixels(
        model,
        [region(0, 0), region(3, 4)],
        { width: 21, height: 17 },
        { prepared: true },
      );
      // Windows 0–5, 4–9 …: centres 2.5, 6.5 …; cells 0.5–4.5 …
      expect(first.cell).to.deep.equal(box(0.5, 0.5, 4, 4));
      expect(first.field).to.deep.equal(box(0, 0, 5, 5));
      expect(last.cell).to.deep.equal(box(16.5, 12.5, 4, 4));
      expect(last.field).to.deep.equal(box(16, 12, 5, 5));
    });

    it('follows the rule warp: both axes have their own scale', () => {
      const model = plain({ rule: 'warp', size: 21 });
      const image = { width: 210, height: 42 };
      expect(mapGeometry(model, image)).to.deep.equal({ x: { start: 25, step: 40 }, y: { start: 5, step: 8 } });
      const {
        top: [found],
        bottom,
      } = regionsInPixels(model, { top: [region(1, 2)], bottom: [] }, image);
      expect(found.cell).to.deep.equal(box(85, 9, 40, 8));
      expect(found.field).to.deep.equal(box(80, 8, 50, 10));
      expect(bottom).to.deep.equal([]);
      expect(found.row).to.equal(1);
    });

    it('follows the rule crop: the cut side comes back as an offset', () => {
      const model = plain({ rule: 'crop', size: 21, cropRatio: 0.5 });
      // 84×42 image: short side stays 42, window 21×21 from (31, 10).
      const [found] = regionsInPixels(model, [region(0, 1)], { width: 84, height: 42 });
      expect(found.field).to.deep.equal(box(31 + 4, 10, 5, 5));
      expect(found.cell).to.deep.equal(box(31 + 4.5, 10.5, 4, 4));
    });

    it('follows the rule fit: the long side has more regions', () => {
      const model = plain({ rule: 'fit', size: 21 });
      const [found] = regionsInPixels(model, [region(2, 9)], { width: 84, height: 42 });
      expect(found.field).to.deep.equal(box(72, 16, 10, 10));
    });

    it('cuts fields that reach beyond the image', () => {
      const image = tfl.input({ shape: [null, null, 3] });
      const padded = chain(image, tfl.layers.conv2d({ filters: 1, kernelSize: 7, strides: 4, padding: 'same' }));
      const model = tfl.model({ inputs: image, outputs: chain(padded, tfl.layers.globalMaxPooling2d({})) });
      const [corner] = regionsInPixels(model, [region(0, 0)], { width: 16, height: 16 }, { prepared: true });
      // Same padding of 3 on 16 px: 1 before, 2 after; the first window is −1 … 6.
      expect(corner.field).to.deep.equal(box(0, 0, 6, 6));
      // Evenly padded by 1.5 the window would centre on 2 px: the cell is the image's first tile.
      expect(corner.cell).to.deep.equal(box(0, 0, 4, 4));
    });

    it('a bright patch changes exactly the regions whose fields it touches', async () => {
      const model = plain({ rule: 'warp', size: 29 });
      const image = { width: 58, height: 87 };
      const read = async (patch: Box | null) => {
        const data = new Uint8Array(58 * 87 * 3).fill(40);
        for (let y = 0; patch !== null && y < patch.height; y++) {
          data.fill(250, ((patch.y + y) * 58 + patch.x) * 3, ((patch.y + y) * 58 + patch.x + patch.width) * 3);
        }
        return classHeatmaps(model, { data, ...image }, { classes: [0], regions: { kMax: 1000, kMin: 0 } });
      };
      const dark = await read(null);
      const patch = box(20, 45, 2, 3);
      const bright = await read(patch);
      const { top } = regionsInPixels(model, dark.regions[0][0], image);
      expect(top).to.have.length(49);
      let touched = 0;
      for (const { index, field } of top) {
        const { x, y, width, height } = field as Box;
        // The patch covers whole network pixels (2×3 image pixels each), so touching is sharp.
        const touches =
          x < patch.x + patch.width && x + width > patch.x && y < patch.y + patch.height && y + height > patch.y;
        const changed = Math.abs(bright.maps[0][0].data[index] - dark.maps[0][0].data[index]) > 1e-3;
        expect(changed, `region ${index}`).to.equal(touches);
        touched += touches ? 1 : 0;
      }
      expect(touched).to.be.above(0).and.below(5);
    });

    it('works for models made by attachWeldon and convolutionalize', () => {
      const image = tfl.input({ shape: [21, 21, 3] });
      const features = chain(image, tfl.layers.conv2d({ filters: 2, kernelSize: 5, strides: 4 }));
      const classifier = tfl.model({
        inputs: image,
        outputs: chain(features, tfl.layers.flatten(), tfl.layers.dense({ units: 2 })),
      });
      const recipe: RecipeParts = {
        input: { colorOrder: 'rgb', scale: 1, offset: 0 },
        resize: { rule: 'warp', size: 29 },
      };
      const maps = withRecipe(convolutionalize(classifier), recipe);
      // The dense layer on 5×5 regions became a 5×5 convolution: 3×3 windows of the training size, 21 px.
      const [window] = regionsInPixels(maps, [region(1, 2)], { width: 29, height: 29 });
      expect(window.field).to.deep.equal(box(8, 4, 21, 21));
      expect(window.cell).to.deep.equal(box(16.5, 12.5, 4, 4));
      const weldon = withRecipe(attachWeldon(classifier, { classes: 2 }), recipe);
      expect(regionsInPixels(weldon, [region(0, 0)], { width: 29, height: 29 })[0].field).to.deep.equal(
        box(0, 0, 5, 5),
      );
    });
  });

  describe('exception', () => {
    it('regions of another image', () => {
      const model = plain({ rule: 'warp', size: 21 });
      expectError(
        () => regionsInPixels(model, [region(5, 0)], { width: 42, height: 42 }),
        'Expected regions of a 42×42 image to be inside its maps of 5 rows and 5 columns but received row 5, column 0',
      );
    });

    it('a recipe without a resize rule', () => {
      const model = plain(undefined);
      expectError(
        () => regionsInPixels(model, [], { width: 8, height: 8 }),
        'Expected the recipe of model plain to have resize.rule, resize.size but it has not. Give what is missing as a recipe',
      );
      expect(
        regionsInPixels(model, [], { width: 8, height: 8 }, { recipe: { resize: { rule: 'warp', size: 8 } } }),
      ).to.deep.equal([]);
    });

    it('an image that the network does not take', () => {
      const model = plain(undefined, [21, 21]);
      expectError(
        () => regionsInPixels(model, [], { width: 8, height: 8 }, { prepared: true }),
        "Expected inputSize for the receptive field of model plain to be what the model's input [null, 21, 21, 3] allows but received [8, 8]",
      );
    });
  });

  describeWithShared('MobileNetV2', 'weights/mobilenet_v2_imagenet', (folder) => {
    it('places 10×10 regions of a 640×480 image', async () => {
      const original = await loadModelFolder(folder);
      const model = withRecipe(convolutionalize(original), { resize: { rule: 'warp', size: 320 } });
      const { rows } = receptiveField(model, { inputSize: [320, 320] });
      expect(rows).to.deep.include({ size: 491, stride: 32, count: 10 });
      const geometry = mapGeometry(model, { width: 640, height: 480 });
      expect(geometry.x.step).to.equal(64);
      expect(geometry.y.step).to.equal(48);
      const corners = regionsInPixels(model, [region(0, 0), region(9, 9)], { width: 640, height: 480 });
      // Five halvings of an even size, each padded after only: the windows' centres start at 0.5 + 1 + 2 + 4 + 8 + 16 px.
      // With the padding split evenly the regions tile the image.
      expect(rows).to.include({ start: 31.5, center: 16 });
      expect(corners[0].cell).to.deep.equal(box(0, 0, 64, 48));
      expect(corners[1].cell).to.deep.equal(box(576, 432, 64, 48));
      original.dispose();
      model.dispose();
    });
  });
});
