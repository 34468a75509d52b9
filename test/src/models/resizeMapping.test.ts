import { expect } from 'chai';
import { boxInImage, clipBox, planResize } from '../../../src/models/resizeMapping.js';
import type { ResizeRule } from '../../../src/models/recipe.js';

describe('resizeMapping', () => {
  describe('feature', () => {
    it('warp: each axis has its own scale and nothing is cut off', () => {
      expect(planResize(640, 480, { rule: 'warp', size: 320 })).to.deep.equal({
        scaledWidth: 320,
        scaledHeight: 320,
        left: 0,
        top: 0,
        width: 320,
        height: 320,
        toImage: { scaleX: 2, scaleY: 1.5, offsetX: 0, offsetY: 0 },
      });
    });

    it('crop: short side to size / cropRatio, then the centre', () => {
      // 512 x 384: the short side 384 becomes 256, the long one 256 * 512 / 384 = 341.33 -> 341;
      // the window starts at floor((341 - 224) / 2) = 58 and (256 - 224) / 2 = 16.
      const plan = planResize(512, 384, { rule: 'crop', size: 224, cropRatio: 0.875 });
      expect([plan.scaledWidth, plan.scaledHeight, plan.left, plan.top]).to.deep.equal([341, 256, 58, 16]);
      expect(plan.toImage.scaleX).to.be.closeTo(512 / 341, 1e-12);
      expect(plan.toImage.offsetX).to.be.closeTo((58 * 512) / 341, 1e-12);
      expect(plan.toImage.offsetY).to.be.closeTo(24, 1e-12);
    });

    it('crop keeps 224 of 256 where the ratio is not given', () => {
      expect(planResize(512, 512, { rule: 'crop', size: 224 }).scaledWidth).to.equal(256);
    });

    it('fit: short side to size, the long side follows, portrait and landscape alike', () => {
      const landscape = planResize(1000, 500, { rule: 'fit', size: 224 });
      expect([landscape.width, landscape.height]).to.deep.equal([448, 224]);
      const portrait = planResize(500, 1000, { rule: 'fit', size: 224 });
      expect([portrait.width, portrait.height]).to.deep.equal([224, 448]);
      expect(portrait.toImage.offsetY).to.equal(0);
    });

    it('a 1 x 1 image goes through every rule', () => {
      for (const rule of ['warp', 'crop', 'fit'] as const) {
        const plan = planResize(1, 1, { rule, size: 64 });
        expect([plan.width, plan.height]).to.deep.equal([64, 64]);
      }
    });

    it('the whole warped input maps onto the whole image', () => {
      const { toImage } = planResize(333, 77, { rule: 'warp', size: 64 });
      const box = boxInImage({ x: 0, y: 0, width: 64, height: 64 }, toImage);
      expect(box.width).to.be.closeTo(333, 1e-9);
      expect(box.height).to.be.closeTo(77, 1e-9);
    });

    it('boxes are cut at the edges of the image', () => {
      expect(clipBox({ x: -10, y: 5, width: 30, height: 100 }, 15, 50)).to.deep.equal({
        x: 0,
        y: 5,
        width: 15,
        height: 45,
      });
      expect(clipBox({ x: 60, y: 5, width: 30, height: 10 }, 15, 50).width).to.equal(0);
    });
  });

  describe('exception', () => {
    const bad = (width: number, height: number, rule: unknown) => () => planResize(width, height, rule as ResizeRule);
    it('names what is wrong', () => {
      expect(bad(0, 5, { rule: 'warp', size: 8 })).to.throw(
        'Expected the width of the image to be a whole number of pixels >= 1 but received 0',
      );
      expect(bad(5, 5, { rule: 'warp', size: 8.5 })).to.throw('Expected size of the resize rule');
      expect(bad(5, 5, { rule: 'crop', size: 8, cropRatio: 0 })).to.throw('0 < cropRatio <= 1 but received 0');
      expect(bad(5, 5, { rule: 'stretch', size: 8 })).to.throw("'warp', 'crop' or 'fit' but received \"stretch\"");
    });
  });
});
