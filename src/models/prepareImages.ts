import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import type { DrawnImage } from './drawnImages.js';
import { drawnPixels, drawnSize, isDrawn } from './drawnImages.js';
import type { ModelRecipe, ResizeRule } from './recipe.js';
import { planResize } from './resizeMapping.js';

/** Decoded pixels, 0–255, row-major, RGB or RGBA (alpha is left out); a canvas' ImageData is one. */
export interface RawPixels {
  data: Uint8Array | Uint8ClampedArray | Float32Array | Int32Array;
  width: number;
  height: number;
}

/** The same under the name that `readImage` of `tfjs-weldon/node` gives it. */
export interface DecodedPixels {
  pixels: RawPixels['data'];
  width: number;
  height: number;
}

/**
 * One image with values 0–255: pixels, what `readImage` gives, an ImageData, a tensor `[height, width, 3 or 4]` of any
 * number type, or in a page an `<img>` that has loaded, a canvas or an ImageBitmap.
 */
export type RawImage = RawPixels | DecodedPixels | DrawnImage | tf.Tensor3D;

/** One image or several; several as an array, of any sizes, or as a tensor `[batch, height, width, 3 or 4]`. */
export type RawImages = RawImage | tf.Tensor4D | readonly RawImage[];

/** An image that has been checked, not read yet. */
export interface ImageSource {
  width: number;
  height: number;
  /** float32 `[height, width, 3]`, RGB, 0–255; the caller disposes it */
  read(): tf.Tensor3D;
  /** the same numbers where they lie in memory so already */
  rgb?: Uint8Array | Float32Array;
}

function rgb(pixels: tf.Tensor3D): tf.Tensor3D {
  const [height, width, channels] = pixels.shape;
  const colors = channels === 4 ? tf.slice(pixels, [0, 0, 0], [height, width, 3]) : pixels;
  // A new tensor even where there is nothing to cast: the caller disposes it.
  return tf.cast(colors, 'float32');
}

function tensorSource(image: tf.Tensor, what: string, read: () => tf.Tensor3D): ImageSource {
  const [height, width, channels] = image.shape.slice(-3);
  if ((channels !== 3 && channels !== 4) || height < 1 || width < 1) {
    throw expectedInWords(
      what,
      'an image of shape [height, width, 3] or [height, width, 4]',
      `shape [${image.shape.join(', ')}]`,
    );
  }
  if (!['float32', 'int32', 'bool'].includes(image.dtype)) {
    throw expected(`the dtype of ${what}`, 'float32 or int32', image.dtype);
  }
  if (image.isDisposed) {
    throw expectedInWords(what, 'a tensor with values', 'a disposed one');
  }
  return { width, height, read: () => tf.tidy(() => rgb(read())) };
}

function pixelSource(image: RawPixels | DecodedPixels, what: string): ImageSource {
  const { width, height } = image;
  const data = 'pixels' in image ? image.pixels : image.data;
  const sides = Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1;
  const channels = data?.length / (width * height);
  if (!sides || (channels !== 3 && channels !== 4)) {
    throw expectedInWords(
      what,
      'pixels {data, width, height} with 3 or 4 values per pixel',
      data === undefined && width === undefined
        ? 'an object without them'
        : `${data?.length ?? 'no'} values for ${width}×${height} pixels`,
    );
  }
  return {
    width,
    height,
    read: () => tf.tidy(() => rgb(tf.tensor3d(new Float32Array(data), [height, width, channels]))),
    rgb: channels === 3 && (data instanceof Uint8Array || data instanceof Float32Array) ? data : undefined,
  };
}

function drawnSource(image: DrawnImage, what: string): ImageSource {
  const { width, height } = drawnSize(image, what);
  return {
    width,
    height,
    read: () => tf.tidy(() => rgb(tf.tensor3d(new Float32Array(drawnPixels(image, what)), [height, width, 4]))),
  };
}

/**
 * Checks images without reading them.
 *
 * @throws WeldonError naming the image, counted from 0, that is none
 */
export function imageSources(images: RawImages): ImageSource[] {
  if (images instanceof tf.Tensor) {
    if (images.rank === 4) {
      const [batch, height, width, channels] = images.shape;
      return Array.from({ length: batch }, (_, i) =>
        tensorSource(images, 'images', () =>
          tf.reshape(tf.slice(images as tf.Tensor4D, [i, 0, 0, 0], [1, height, width, channels as number]), [
            height,
            width,
            channels as number,
          ]),
        ),
      );
    }
    if (images.rank === 3) {
      return [tensorSource(images, 'images', () => images as tf.Tensor3D)];
    }
    throw expectedInWords(
      'images',
      'a tensor of rank 3 or 4, or an array of images',
      `shape [${images.shape.join(', ')}]`,
    );
  }
  const list = Array.isArray(images) ? (images as readonly RawImage[]) : [images as RawPixels];
  return list.map((image, i) => {
    const what = `image ${i}`;
    if (image instanceof tf.Tensor) {
      if (image.rank !== 3) {
        throw expectedInWords(what, 'an image of shape [height, width, 3]', `shape [${image.shape.join(', ')}]`);
      }
      return tensorSource(image, what, () => image);
    }
    if (typeof image !== 'object' || image === null) {
      throw expected(
        what,
        'pixels {data, width, height}, a tensor, or in a page an <img>, a canvas, an ImageBitmap',
        image,
      );
    }
    return isDrawn(image) ? drawnSource(image, what) : pixelSource(image, what);
  });
}

/**
 * Bilinear, aligned to pixel centres; before shrinking by 2 and more, whole blocks of pixels are averaged, so that no
 * pixel of the image goes unseen.
 */
function resizePixels(image: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [, rows, columns] = image.shape;
  if (rows === height && columns === width) {
    return tf.clone(image);
  }
  return tf.tidy(() => {
    const blocks: [number, number] = [Math.max(1, Math.floor(rows / height)), Math.max(1, Math.floor(columns / width))];
    const multiple = tf.image.resizeBilinear(image, [height * blocks[0], width * blocks[1]], false, true);
    return blocks[0] * blocks[1] === 1 ? multiple : tf.avgPool(multiple, blocks, blocks, 'valid');
  });
}

/** Width and height of a network's input for an image, in pixels. */
export function networkSize(
  source: { width: number; height: number },
  resize: ResizeRule | null,
): { width: number; height: number } {
  const { width, height } = resize === null ? source : planResize(source.width, source.height, resize);
  return { width, height };
}

/** Resize as the rule says (`null`: not at all), still RGB, 0–255: `[1, height, width, 3]`. */
export function resizeImage(source: ImageSource, resize: ResizeRule | null): tf.Tensor4D {
  return tf.tidy(() => {
    const x = tf.expandDims(source.read(), 0) as tf.Tensor4D;
    if (resize === null) {
      return x;
    }
    const { scaledHeight, scaledWidth, top, left, height, width } = planResize(source.width, source.height, resize);
    return tf.slice(resizePixels(x, scaledHeight, scaledWidth), [0, top, left, 0], [1, height, width, 3]);
  });
}

/** Resize as the rule says (`null`: not at all), then colour order, scale and offset: `[1, height, width, 3]`. */
export function prepareImage(source: ImageSource, input: ModelRecipe['input'], resize: ResizeRule | null): tf.Tensor4D {
  return tf.tidy(() => {
    let x = resizeImage(source, resize);
    if (input.colorOrder === 'bgr') {
      x = tf.reverse(x, 3);
    }
    return tf.add(tf.mul(x, input.scale), input.offset);
  });
}

/** Options of {@link prepareImages}. */
export interface PrepareOptions {
  /** The images have the network's size already: no resize. Values are still 0–255 and are scaled. Default false. */
  prepared?: boolean;
}

/**
 * Turns images into a network's input as its recipe says: resize rule, colour order, scale and offset.
 *
 * @param images images with values 0–255, RGB; see {@link RawImages}
 * @param recipe from `readRecipe(model)`
 * @returns float32 `[batch, height, width, 3]`; the caller disposes it
 * @throws WeldonError if something is not an image, or if the rule `'fit'` gives the images different sizes, which
 *   one tensor cannot hold
 *
 * @example
 * const x = prepareImages(ctx.getImageData(0, 0, 640, 480), readRecipe(model));
 */
export function prepareImages(
  images: RawImages,
  recipe: Pick<ModelRecipe, 'input' | 'resize'>,
  options: PrepareOptions = {},
): tf.Tensor4D {
  checkKeys(options, 'prepared', 'prepareImages');
  const { prepared = false } = options;
  const resize = prepared ? null : recipe.resize;
  const sources = imageSources(images);
  const [first, ...others] = sources.map((source) => networkSize(source, resize));
  if (first === undefined) {
    throw expectedInWords('images', 'at least one image', 'none');
  }
  const odd = others.findIndex(({ width, height }) => width !== first.width || height !== first.height);
  if (odd >= 0) {
    const { width, height } = others[odd];
    throw expectedInWords(
      'images for one tensor',
      `all of the network size of the first, ${first.width}×${first.height}`,
      `${width}×${height} for image ${odd + 1}`,
    );
  }
  return tf.tidy(() =>
    tf.concat(
      sources.map((source) => prepareImage(source, recipe.input, resize)),
      0,
    ),
  );
}
