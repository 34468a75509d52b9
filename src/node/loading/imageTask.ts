import { expectedInWords } from '../../errors.js';
import type { PixelBatch } from '../../models/frozenPass.js';
import type { ModelRecipe, ResizeRule } from '../../models/recipe.js';
import { changePixels, scalePixels } from '../../training/augmentation/scalePixels.js';
import type { Variant } from '../../training/augmentation/augmentation.js';
import { variantWords } from '../../training/augmentation/augmentation.js';
import type { Decoding } from '../images/readForModel.js';
import { shrinkFor } from '../images/readForModel.js';
import { readRecord } from '../images/imageRecords.js';
import { readImage } from '../images/readImage.js';
import { imagePixels } from './transformImage.js';
import * as tf from '@tensorflow/tfjs-core';
import { readPlainFile, sha256Of } from '../storage/plainFile.js';

/** @throws WeldonError naming the images where they are of different sizes, as the resize rule `'fit'` leaves them */
function checkSizes(
  images: readonly { width: number; height: number }[],
  tasks: readonly Pick<ImageTask, 'path'>[],
): void {
  const [{ width, height }] = images;
  const odd = images.findIndex((image) => image.width !== width || image.height !== height);
  if (odd >= 0) {
    throw expectedInWords(
      'the images of a batch',
      `all of the network size of ${tasks[0].path}, ${width}×${height}`,
      `${images[odd].width}×${images[odd].height} for ${tasks[odd].path}: resize by 'warp' or 'crop', or take batchSize 1`,
    );
  }
}

/**
 * Prepared images as one tensor `[batch, height, width, 3]`; the caller disposes it.
 *
 * @throws WeldonError naming the images where they are of different sizes, as the resize rule `'fit'` leaves them
 */
export function imageTensor(images: readonly PreparedImage[], tasks: readonly ImageTask[]): tf.Tensor4D {
  checkSizes(images, tasks);
  const [{ width, height }] = images;
  const values = new Float32Array(images.length * width * height * 3);
  images.forEach((image, i) => values.set(image.values, i * width * height * 3));
  return tf.tensor4d(values, [images.length, height, width, 3]);
}

/** One image to prepare for a network. */
export interface ImageTask {
  path: string;
  rule: ResizeRule;
  input: ModelRecipe['input'];
  variant: Variant;
  /** default `'full'` */
  decode?: Decoding;
}

/** A network's input of one image, `[height, width, 3]`. */
export interface PreparedImage {
  values: Float32Array;
  width: number;
  height: number;
}

const readTask = (path: string, rule: ResizeRule, decode: Decoding = 'full') =>
  readImage(path, decode === 'reduced' ? { shrink: shrinkFor(rule) } : {});

/**
 * Reads, resizes and scales one image; all that is needed is in the task, so any thread may do it.
 *
 * @throws WeldonError naming the file, as `readImage` does
 */
export async function prepareImage({ path, rule, input, variant, decode }: ImageTask): Promise<PreparedImage> {
  const { pixels, width, height } = await imagePixels(await readTask(path, rule, decode), rule, variant);
  return { values: scalePixels(pixels, width, variant, input), width, height };
}

/** An image's pixels as a frozen pass takes them, `[height, width, 3]`. */
export interface RawImage {
  pixels: Uint8Array | Float32Array;
  width: number;
  height: number;
}

/**
 * Reads, resizes and changes one image; its scaling is the pass's business.
 *
 * @throws WeldonError naming the file, as `readImage` does
 */
export async function rawImage({ path, rule, variant, decode }: Omit<ImageTask, 'input'>): Promise<RawImage> {
  const { pixels, width, height } = await imagePixels(await readTask(path, rule, decode), rule, variant);
  return { pixels: changePixels(pixels, width, variant), width, height };
}

/**
 * Images of one size as the batch that a frozen pass takes: one copy, and none for a single image.
 *
 * @throws WeldonError as `imageTensor`
 */
export function pixelBatch(images: readonly RawImage[], tasks: readonly Pick<ImageTask, 'path'>[]): PixelBatch {
  const [{ pixels, width, height }] = images;
  checkSizes(images, tasks);
  const shape: PixelBatch['shape'] = [images.length, height, width, 3];
  if (images.length === 1) {
    return { data: pixels, shape };
  }
  const length = width * height * 3;
  const inBytes = images.every((image) => image.pixels instanceof Uint8Array);
  const data = inBytes ? new Uint8Array(images.length * length) : new Float32Array(images.length * length);
  images.forEach((image, i) => data.set(image.pixels, i * length));
  return { data, shape };
}

/** Changes with every change of how pixels come out, so that caches of older ones are not taken for newer. */
const pixelsVersion = 1;

/** All that is done to an image, in words: the `preprocessing` of a feature cache's key. */
export function preprocessingWords({ rule, input, variant, decode }: Omit<ImageTask, 'path'>): string {
  const ratio = rule.rule === 'crop' ? ` ${rule.cropRatio ?? 'usual'}` : '';
  const changes = variantWords(variant);
  return (
    `pixels ${pixelsVersion}: ${rule.rule} ${rule.size}${ratio}; ${input.colorOrder}, times ${input.scale}, ` +
    `plus ${input.offset}${decode === 'reduced' ? '; decoded reduced' : ''}${changes === '' ? '' : `; ${changes}`}`
  );
}

/**
 * The SHA-256 of a file's or a record's bytes, as 64 hexadecimal digits.
 *
 * @throws WeldonError if the file cannot be read
 */
export async function hashFile(path: string): Promise<string> {
  try {
    return sha256Of((await readRecord(path)) ?? (await readPlainFile(path, Infinity)));
  } catch (error) {
    throw expectedInWords(path, 'an image file', `one that cannot be read (${(error as Error).message})`);
  }
}
