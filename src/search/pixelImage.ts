/** Parts of an image of raw pixels, in pages as in Node. */
import { expectedInWords } from '../errors.js';
import type { RawPixels } from '../models/prepareImages.js';
import type { SearchableImage } from './embedImages.js';

/** Where each output pixel reads along an axis, and how much of each. */
interface Taps {
  first: Int32Array;
  count: number;
  weights: Float32Array;
}

/** Keys' cubic with a = −1/2, as `resample` in Node and Pillow's BICUBIC have it. */
function cubic(x: number): number {
  const far = Math.abs(x);
  return far < 1 ? (1.5 * far - 2.5) * far * far + 1 : far < 2 ? ((-0.5 * far + 2.5) * far - 4) * far + 2 : 0;
}

/** Widened for shrinking, so that no pixel goes unseen; what lies outside of the part is left out. */
function tapsOf(from: number, length: number, size: number): Taps {
  const scale = length / size;
  const wide = Math.max(1, scale);
  const count = Math.ceil(4 * wide) + 1;
  const first = new Int32Array(size);
  const weights = new Float32Array(size * count);
  for (let i = 0; i < size; i++) {
    const centre = from + (i + 0.5) * scale;
    first[i] = Math.floor(centre - 2 * wide);
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const at = first[i] + tap;
      const weight = at < from || at >= from + length ? 0 : cubic((at + 0.5 - centre) / wide);
      weights[i * count + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count; tap++) {
      weights[i * count + tap] /= sum;
    }
  }
  return { first, count, weights };
}

/** Whole pixels of an image that a box stands for, one at least. */
export function pixelsOfBox(
  box: { x: number; y: number; width: number; height: number },
  image: { width: number; height: number },
): { left: number; top: number; width: number; height: number } {
  const axis = (start: number, length: number, most: number) => {
    const from = Math.min(Math.max(Math.round(start), 0), most - 1);
    return [from, Math.max(1, Math.min(Math.round(start + length), most) - from)];
  };
  const [left, width] = axis(box.x, box.width, image.width);
  const [top, height] = axis(box.y, box.height, image.height);
  return { left, top, width, height };
}

/**
 * An image of raw pixels that a search can cut parts from, by the cubic kernel that Node's way uses.
 *
 * @param pixels RGB or RGBA, 0–255, such as a canvas' ImageData; alpha is left out
 * @throws WeldonError for what is no image
 *
 * @example
 * const image = imageOfPixels(context.getImageData(0, 0, canvas.width, canvas.height));
 */
export function imageOfPixels(pixels: RawPixels): SearchableImage {
  const { data, width, height } = pixels;
  const channels = data?.length / (width * height);
  if (!(Number.isInteger(width) && Number.isInteger(height) && width >= 1 && (channels === 3 || channels === 4))) {
    throw expectedInWords(
      'the image',
      'pixels {data, width, height} with 3 or 4 values per pixel',
      `${data?.length} values for ${width}×${height} pixels`,
    );
  }
  return {
    width,
    height,
    cut(box, size) {
      const part = pixelsOfBox(box, pixels);
      const x = tapsOf(part.left, part.width, size);
      const y = tapsOf(part.top, part.height, size);
      const rows = new Float32Array(part.height * size * 3);
      for (let row = 0; row < part.height; row++) {
        for (let column = 0; column < size; column++) {
          const to = (row * size + column) * 3;
          for (let tap = 0; tap < x.count; tap++) {
            const weight = x.weights[column * x.count + tap];
            if (weight !== 0) {
              const from = ((row + part.top) * width + x.first[column] + tap) * channels;
              rows[to] += weight * data[from];
              rows[to + 1] += weight * data[from + 1];
              rows[to + 2] += weight * data[from + 2];
            }
          }
        }
      }
      const out = new Float32Array(size * size * 3);
      for (let row = 0; row < size; row++) {
        for (let tap = 0; tap < y.count; tap++) {
          const weight = y.weights[row * y.count + tap];
          const from = (y.first[row] + tap - part.top) * size * 3;
          for (let i = 0; weight !== 0 && i < size * 3; i++) {
            out[row * size * 3 + i] += weight * rows[from + i];
          }
        }
      }
      return Uint8Array.from(out, (value) => Math.min(255, Math.max(0, Math.round(value))));
    },
  };
}
