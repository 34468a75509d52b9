import { checkKeys, expectedInWords } from '../../errors.js';
import { planResize } from '../../models/resizeMapping.js';
import type { PixelMapping } from '../../models/resizeMapping.js';
import type { ResizeRule } from '../../models/recipe.js';
import { decodeImage, readImageBytes } from './readImage.js';
import type { DecodedImage, ReadImageOptions } from './readImage.js';
import { resample } from './resample.js';

/** An image at the network's input size, still raw 0–255 RGB; scaling and colour order are the recipe's next step. */
export interface NetworkInput {
  /** RGB, row-major `[height, width, 3]`, 0–255 */
  pixels: Uint8Array;
  width: number;
  height: number;
  /** from the network's pixels to the upright image's, at its original size */
  toImage: PixelMapping;
}

/** The rules scale the whole image first; a strip of 1 × 10 000 pixels would become gigabytes. */
const mostScaledPixels = 64e6;

/**
 * Resizes a decoded image by a model's rule with the cubic kernel of `resample`, and says how to find the network's
 * pixels in the image again.
 *
 * @throws WeldonError for an image so long and narrow that the rule would blow it up beyond 64 megapixels
 *
 * @example
 * const input = await resizeForModel(await readImage('beach.jpg'), { rule: 'warp', size: 320 });
 * // input.pixels: 320 × 320 × 3; a 640 × 480 image has toImage { scaleX: 2, scaleY: 1.5, offsetX: 0, offsetY: 0 }
 */
export async function resizeForModel(image: DecodedImage, rule: ResizeRule): Promise<NetworkInput> {
  const { originalWidth, originalHeight } = image;
  const plan = planResize(originalWidth, originalHeight, rule);
  const { scaledWidth, scaledHeight, left, top, width, height, toImage } = plan;
  if (scaledWidth * scaledHeight > mostScaledPixels) {
    throw expectedInWords(
      image.path,
      `an image less long and narrow for the resize rule '${rule.rule}'`,
      `${originalWidth} × ${originalHeight} pixels: cut it, or resize by 'warp'`,
    );
  }
  const { data } = await resample(
    { data: image.pixels, width: image.width, height: image.height, channels: 3 },
    scaledWidth,
    scaledHeight,
  );
  if (width === scaledWidth && height === scaledHeight) {
    return { pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height, toImage };
  }
  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((row + top) * scaledWidth + left) * 3;
    pixels.set(data.subarray(start, start + width * 3), row * width * 3);
  }
  return { pixels, width, height, toImage };
}

/**
 * - `'full'`: every pixel is decoded, and the network's input is made of all of them, as for the numbers that a recipe
 *   promises;
 * - `'reduced'`: a JPEG of four times the size that is needed and more is decoded at a half, a quarter or an eighth, so
 *   that it is still twice as large. The network's input differs by less than one grey level in the mean.
 */
export type Decoding = 'full' | 'reduced';

/** By how much a JPEG may be decoded smaller for a network, and for drawing with a long side of `imageSide`. */
export function shrinkFor(rule: ResizeRule, imageSide = 0): NonNullable<ReadImageOptions['shrink']> {
  return (width, height) => {
    const { scaledWidth, scaledHeight } = planResize(width, height, rule);
    // Twice the size is left to the resampling, which takes away what the decoder's shrinking folds back.
    return Math.min(width / scaledWidth / 2, height / scaledHeight / 2, Math.max(width, height) / imageSide);
  };
}

export interface ReadForModelOptions extends Omit<ReadImageOptions, 'maxSide' | 'shrink'> {
  /** Default `'full'`. */
  decode?: Decoding;
  /**
   * The long side of the returned image, for drawing; the network's input comes from all pixels. 0 where nothing is drawn:
   * the image comes without its pixels. Default 1600.
   */
  imageSide?: number;
}

/** What one file gives for a heat map: the image to draw on and the network's input. */
export interface ImageForModel {
  image: DecodedImage;
  input: NetworkInput;
}

/**
 * Reads one image, once, both for the network and for drawing. Everything heavy runs in sharp's thread pool.
 *
 * @throws WeldonError as `readImage` and `resizeForModel` do
 *
 * @example
 * const { image, input } = await readForModel('beach.jpg', recipe.resize);
 */
export async function readForModel(
  path: string,
  rule: ResizeRule,
  options: ReadForModelOptions = {},
): Promise<ImageForModel> {
  checkReading(options); // before a byte is read
  return decodeForModel(await readImageBytes(path), path, rule, options);
}

const checkReading = (options: ReadForModelOptions): void =>
  checkKeys(options, 'maxPixels background imageSide decode notice', 'readForModel');

/**
 * The same for the bytes of an image.
 *
 * @param path what error sentences call it
 */
export async function decodeForModel(
  bytes: Buffer,
  path: string,
  rule: ResizeRule,
  options: ReadForModelOptions = {},
): Promise<ImageForModel> {
  checkReading(options);
  const { imageSide = 1600, decode = 'full', ...readOptions } = options;
  const shrink = decode === 'reduced' ? { shrink: shrinkFor(rule, imageSide) } : {};
  const full = await decodeImage(bytes, path, { ...readOptions, ...shrink });
  const input = await resizeForModel(full, rule);
  return { image: await shrinkImage(full, imageSide), input };
}

/** The same image with its long side at most `maxSide` pixels. */
async function shrinkImage(image: DecodedImage, maxSide: number): Promise<DecodedImage> {
  if (maxSide === 0) {
    return { ...image, pixels: new Uint8Array(0), width: 0, height: 0 };
  }
  const scale = maxSide / Math.max(image.width, image.height);
  if (scale >= 1) {
    return image;
  }
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const { data } = await resample(
    { data: image.pixels, width: image.width, height: image.height, channels: 3 },
    width,
    height,
  );
  return { ...image, pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height };
}
