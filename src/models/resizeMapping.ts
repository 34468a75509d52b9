import { expected } from '../errors.js';
import type { ResizeRule } from './recipe.js';

/**
 * How a place in the network's input is found again in the image: per axis,
 * `image = network · scale + offset`.
 *
 * Both sides are continuous coordinates in which pixel i covers [i, i + 1) and its centre lies at i + 0.5, so the
 * same numbers map points, edges of boxes and, with the scale alone, widths.
 */
export interface PixelMapping {
  scaleX: number;
  scaleY: number;
  offsetX: number;
  offsetY: number;
}

/** A rectangle in pixels; `x`, `y` is its upper left corner in continuous coordinates. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a resize rule does to one image: scale the whole of it, then cut the window that the network sees. */
export interface ResizePlan {
  /** the whole image after scaling, pixels */
  scaledWidth: number;
  scaledHeight: number;
  /** upper left corner of the window in the scaled image, pixels */
  left: number;
  top: number;
  /** the window: the network's input, pixels */
  width: number;
  height: number;
  /** from the network's input back to the image */
  toImage: PixelMapping;
}

/** The largest side of a network's input, pixels: its square is what one image may become, 64 megapixels. */
export const largestSide = 8000;

/** The part of the short side that `'crop'` keeps where the recipe does not say: 224 of 256. */
const defaultCropRatio = 0.875;

function checkSide(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw expected(name, 'a whole number of pixels >= 1', value);
  }
}

/** Short side to `side`, long side in proportion and truncated, the way torchvision's Resize does it. */
function scaleShortSide(width: number, height: number, side: number): [number, number] {
  const long = (longSide: number, shortSide: number) => Math.max(1, Math.trunc((side * longSide) / shortSide));
  return width <= height ? [side, long(height, width)] : [long(width, height), side];
}

/**
 * The arithmetic of a recipe's resize rule for an image of `imageWidth` × `imageHeight` pixels; no pixel is touched.
 *
 * @throws WeldonError for sides that are not whole numbers >= 1, an unknown rule, or a crop ratio outside (0, 1]
 *
 * @example
 * planResize(640, 480, { rule: 'warp', size: 320 }).toImage;
 * // { scaleX: 2, scaleY: 1.5, offsetX: 0, offsetY: 0 }
 */
export function planResize(imageWidth: number, imageHeight: number, rule: ResizeRule): ResizePlan {
  checkSide('the width of the image', imageWidth);
  checkSide('the height of the image', imageHeight);
  checkSide('size of the resize rule', rule.size);
  const { size } = rule;
  let scaled: [number, number];
  let window: [number, number];
  switch (rule.rule) {
    case 'warp':
      scaled = [size, size];
      window = scaled;
      break;
    case 'fit':
      scaled = scaleShortSide(imageWidth, imageHeight, size);
      window = scaled;
      break;
    case 'crop': {
      const ratio = rule.cropRatio ?? defaultCropRatio;
      if (!(ratio > 0 && ratio <= 1)) {
        throw expected('cropRatio of the resize rule', 'a number with 0 < cropRatio <= 1', ratio);
      }
      scaled = scaleShortSide(imageWidth, imageHeight, Math.round(size / ratio));
      window = [size, size];
      break;
    }
    default:
      throw expected('rule of the resize rule', "'warp', 'crop' or 'fit'", rule.rule);
  }
  const [scaledWidth, scaledHeight] = scaled;
  const [width, height] = window;
  const left = Math.floor((scaledWidth - width) / 2);
  const top = Math.floor((scaledHeight - height) / 2);
  const scaleX = imageWidth / scaledWidth;
  const scaleY = imageHeight / scaledHeight;
  return {
    scaledWidth,
    scaledHeight,
    left,
    top,
    width,
    height,
    toImage: { scaleX, scaleY, offsetX: left * scaleX, offsetY: top * scaleY },
  };
}

/** A box of the network's input as a box of the image, not cut at the image's edges. */
export function boxInImage(box: Box, toImage: PixelMapping): Box {
  return {
    x: box.x * toImage.scaleX + toImage.offsetX,
    y: box.y * toImage.scaleY + toImage.offsetY,
    width: box.width * toImage.scaleX,
    height: box.height * toImage.scaleY,
  };
}

/** The part of `box` that lies inside an image of `width` × `height` pixels; empty boxes have width or height 0. */
export function clipBox(box: Box, width: number, height: number): Box {
  const x = Math.min(Math.max(box.x, 0), width);
  const y = Math.min(Math.max(box.y, 0), height);
  return {
    x,
    y,
    width: Math.max(0, Math.min(box.x + box.width, width) - x),
    height: Math.max(0, Math.min(box.y + box.height, height) - y),
  };
}
