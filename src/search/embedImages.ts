/** From pixels to features and vectors, by whatever engine runs the network. */
import { checkKeys, expected, expectedInWords } from '../errors.js';
import type { FrozenPass } from '../models/frozenPass.js';
import type { Box } from '../models/resizeMapping.js';
import { bestEvidence, checkFeatureMap, descriptorOf } from './descriptors.js';
import type { DescriptorChoice, FeatureMap } from './descriptors.js';
import type { Projector } from './pca.js';
import { projectRows } from './pca.js';

/** Pixels of the size that was asked for: RGB, row-major `[height, width, 3]`, 0–255. */
export type CutPixels = Uint8Array | Float32Array;

/** An image that parts can be cut from; `imageOfPixels` makes one of raw pixels, `readSearchImage` (Node) of a file. */
export interface SearchableImage {
  /** pixels, upright */
  width: number;
  height: number;
  /** The part within a box of this image, in its pixels, warped to `size` × `size` pixels. */
  cut(box: Box, size: number): Promise<CutPixels> | CutPixels;
}

/** All of an image as a box of it. */
export function wholeOf({ width, height }: Pick<SearchableImage, 'width' | 'height'>): Box {
  return { x: 0, y: 0, width, height };
}

/** The features of a whole image, kept so that places of it can be compared without the network. */
export interface ImageMap extends FeatureMap {
  /** side in pixels that the network saw it at */
  size: number;
  /** of the image, in its pixels */
  width: number;
  height: number;
}

export function imageMapOf(
  map: FeatureMap,
  { width, height }: Pick<SearchableImage, 'width' | 'height'>,
  size: number,
) {
  return { ...map, size, width, height };
}

/**
 * The map of an image, for `partOfMap` and `placesAlike`.
 *
 * @param size side in pixels that the network sees it at. Default 448
 * @throws WeldonError for a size out of range, features that are not finite
 *
 * @example
 * const map = await mapOfImage(pass, image); // 14 × 14 cells of EfficientNet-Lite0
 */
export async function mapOfImage(pass: FrozenPass, image: SearchableImage, size = 448): Promise<ImageMap> {
  checkSide(size, 'mapOfImage');
  const [map] = await lookAt(pass, [{ image, box: wholeOf(image) }], size);
  return imageMapOf(map, image, size);
}

/** Features of images of one size, one map each. */
export async function featureMaps(pass: FrozenPass, images: readonly CutPixels[], size: number): Promise<FeatureMap[]> {
  const numbers = size * size * 3;
  images.forEach(({ length }, i) => {
    if (length !== numbers) {
      throw expectedInWords(`image ${i}`, `${size} × ${size} pixels of three numbers`, `${length} numbers`);
    }
  });
  let data: CutPixels = images[0];
  if (images.length > 1) {
    data = images.every((pixels) => pixels instanceof Uint8Array)
      ? new Uint8Array(images.length * numbers)
      : new Float32Array(images.length * numbers);
    images.forEach((pixels, i) => data.set(pixels, i * numbers));
  }
  const { features, maps } = await pass.run({ data, shape: [images.length, size, size, 3] });
  if (features === undefined || features.shape.length !== 4 || features.shape[0] !== images.length) {
    throw expectedInWords(
      `what ${pass.name} gives`,
      `features [${images.length}, rows, columns, depth]`,
      features === undefined ? `${pass.outputs.join(', ') || 'nothing'}` : `[${features.shape.join(', ')}]`,
    );
  }
  const [, rows, columns, depth] = features.shape;
  const each = rows * columns * depth;
  const classes = maps?.shape[3] ?? 0;
  if (maps !== undefined && maps.data.length !== images.length * rows * columns * classes) {
    throw expectedInWords(
      `what ${pass.name} gives`,
      'as many cells of maps as of features',
      `[${maps.shape.join(', ')}]`,
    );
  }
  return images.map((_, i) => {
    const map: FeatureMap = { data: features.data.subarray(i * each, (i + 1) * each), rows, columns, depth };
    checkFeatureMap(map, `image ${i}`);
    if (maps !== undefined) {
      const own = rows * columns * classes;
      map.evidence = bestEvidence(maps.data.subarray(i * own, (i + 1) * own), classes);
    }
    return map;
  });
}

/** A part of an image. */
export interface ImagePart {
  image: SearchableImage;
  /** in the image's pixels */
  box: Box;
}

/** Features of parts of images, each warped to `side` × `side` pixels, in one pass. */
export async function lookAt(pass: FrozenPass, parts: readonly ImagePart[], side: number): Promise<FeatureMap[]> {
  const cuts = await Promise.all(parts.map(async ({ image, box }) => image.cut(box, side)));
  return cuts.length === 0 ? [] : featureMaps(pass, cuts, side);
}

/** How images become vectors. */
export interface EmbedOptions {
  /** Default `'gap'`, the mean of all features. */
  pooling?: DescriptorChoice;
  /** Side in pixels that every image is warped to. Default 224 */
  size?: number;
  /** Images a pass takes at once. Default 8 */
  batchSize?: number;
  /** Stops between batches. */
  signal?: AbortSignal;
}

export function checkSide(size: number, owner: string): void {
  if (!Number.isInteger(size) || size < 32 || size > 4096) {
    throw expected(`size for ${owner}`, 'a whole number of pixels from 32 to 4096', size);
  }
}

/**
 * The vector of every image: its features brought to one vector and to length 1.
 *
 * @returns as many as images, each of the depth of the features
 * @throws WeldonError for options out of their range, features that are not finite or all zero
 *
 * @example
 * const [a, b] = await embedImages(pass, [imageOfPixels(first), imageOfPixels(second)]);
 * const cosine = a.reduce((sum, value, i) => sum + value * b[i], 0);
 */
export async function embedImages(
  pass: FrozenPass,
  images: readonly SearchableImage[],
  options: EmbedOptions = {},
): Promise<Float32Array[]> {
  checkKeys(options, 'pooling size batchSize signal', 'embedImages');
  const { pooling = 'gap', size = 224, batchSize = 8, signal } = options;
  checkSide(size, 'embedImages');
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw expected('batchSize for embedImages', 'a whole number >= 1', batchSize);
  }
  const descriptor = descriptorOf(pooling, 'embedImages');
  const vectors: Float32Array[] = [];
  for (let at = 0; at < images.length; at += batchSize) {
    signal?.throwIfAborted();
    const parts = images.slice(at, at + batchSize).map((image) => ({ image, box: wholeOf(image) }));
    const maps = await lookAt(pass, parts, size);
    vectors.push(...maps.map((map, i) => unitVector(descriptor.pool(map), `image ${at + i}`)));
  }
  return vectors;
}

/** @throws WeldonError for a vector of zeros, which has no direction */
export function unitVector(vector: Float64Array, what: string): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 0)) {
    throw expectedInWords(`features of ${what}`, 'different from zero somewhere', 'zeros alone');
  }
  return Float32Array.from(vector, (value) => value / length);
}

/** Vectors of length 1 as rows that a catalogue stores. */
export function rowsOfVectors(made: Projector, vectors: readonly Float32Array[]): Float32Array[] {
  const { depth } = made.pca;
  const together = new Float64Array(vectors.length * depth);
  vectors.forEach((vector, i) => {
    if (vector.length !== depth) {
      throw expectedInWords('a vector', `of ${depth} numbers, as the catalogue's PCA has`, `${vector.length}`);
    }
    together.set(vector, i * depth);
  });
  return projectRows(made, together);
}
