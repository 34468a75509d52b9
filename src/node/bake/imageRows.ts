/** What a bake makes of images: a row of numbers each, or its tags. The one loop of all bakes, of `weldon index` among them. */
import { WeldonError } from '../../errors.js';
import type { FrozenPass, NumberArray } from '../../models/frozenPass.js';
import type { ResizeRule } from '../../models/recipe.js';
import type { Box } from '../../models/resizeMapping.js';
import { descriptorOf } from '../../search/descriptors.js';
import type { DescriptorChoice, FeatureMap } from '../../search/descriptors.js';
import { featureMaps, lookAt, unitVector, wholeOf } from '../../search/embedImages.js';
import type { SearchableImage } from '../../search/embedImages.js';
import { gridWindows, keepApart, windowActivation, windowBox } from '../../search/windows.js';
import { tagsOfScores } from '../../tagging/tags/tagImages.js';
import type { ImageTag, TagModel } from '../../tagging/tags/tagImages.js';
import { resizeForModel } from '../images/readForModel.js';
import { decodeImage } from '../images/readImage.js';
import { searchImageOf } from '../images/searchImage.js';
import type { RawImage } from '../loading/imageTask.js';
import { pixelBatch } from '../loading/imageTask.js';

/** Numbers of one image. */
export interface RowNumbers {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** What came of one image. */
export interface ImageRow {
  /** upright size in pixels */
  width: number;
  height: number;
  numbers: Record<string, RowNumbers>;
  tags?: BakedTag[];
}

/** A tag with its probability. */
export type BakedTag = Pick<ImageTag, 'tag' | 'p'>;

/** Makes rows of images, in two steps: what one image needs, and what some share. */
export interface RowMaker<Prepared = unknown> {
  /** @throws WeldonError for bytes that are no image */
  prepare(bytes: Buffer, key: string): Promise<Prepared>;
  /** One entry an image: its row, or why it has none. */
  compute(images: readonly Prepared[]): Promise<(ImageRow | WeldonError)[]>;
}

interface SizedImage extends RawImage {
  path: string;
  original: { width: number; height: number };
}

/** One image's part of numbers `[batch, …]`. */
function partOf({ data, shape }: NumberArray, i: number): { shape: number[]; values: Float32Array } {
  const size = data.length / shape[0];
  return { shape: shape.slice(1), values: data.slice(i * size, (i + 1) * size) };
}

/** Rows of whole images at one size; `row` takes what the pass gives and the number of the image in it. */
function resized(
  pass: FrozenPass,
  rule: ResizeRule,
  row: (given: Awaited<ReturnType<FrozenPass['run']>>, i: number) => Omit<ImageRow, 'width' | 'height'>,
): RowMaker<SizedImage> {
  return {
    async prepare(bytes, key) {
      const image = await decodeImage(bytes, key);
      const { pixels, width, height } = await resizeForModel(image, rule);
      const original = { width: image.originalWidth, height: image.originalHeight };
      return { path: key, pixels, width, height, original };
    },
    async compute(images) {
      const given = await pass.run(pixelBatch(images, images));
      return images.map(({ original }, i) => orReason(() => ({ ...original, ...row(given, i) })));
    },
  };
}

function orReason<T>(work: () => T): T | WeldonError {
  try {
    return work();
  } catch (error) {
    if (error instanceof WeldonError) {
      return error;
    }
    throw error;
  }
}

export function featureRows(pass: FrozenPass, rule: ResizeRule): RowMaker<SizedImage> {
  return resized(pass, rule, ({ features }, i) => ({ numbers: { features: partOf(features as NumberArray, i) } }));
}

export function scoreRows(pass: FrozenPass, rule: ResizeRule): RowMaker<SizedImage> {
  return resized(pass, rule, ({ scores }, i) => ({ numbers: { scores: partOf(scores as NumberArray, i) } }));
}

export function tagRows(pass: FrozenPass, rule: ResizeRule, model: Omit<TagModel, 'pass'>): RowMaker<SizedImage> {
  return resized(pass, rule, ({ scores }, i) => {
    const { tags } = tagsOfScores(model, partOf(scores as NumberArray, i).values, null);
    return { numbers: {}, tags: tags.map(({ tag, p }) => ({ tag, p })) };
  });
}

/** Class maps of the `top` classes of each image, best first, with their scores. */
export function heatmapRows(pass: FrozenPass, rule: ResizeRule, top: number): RowMaker<SizedImage> {
  return resized(pass, rule, ({ scores, maps }, i) => {
    const own = partOf(scores as NumberArray, i).values;
    const { shape, values } = partOf(maps as NumberArray, i);
    const [rows, columns, classes] = shape;
    const best = Array.from(own, (_, c) => c)
      .sort((a, b) => own[b] - own[a] || a - b)
      .slice(0, top);
    const chosen = new Float32Array(best.length * rows * columns);
    best.forEach((c, at) => {
      for (let cell = 0; cell < rows * columns; cell++) {
        chosen[at * rows * columns + cell] = values[cell * classes + c];
      }
    });
    return {
      numbers: {
        maps: { shape: [best.length, rows, columns], values: chosen },
        classes: { shape: [best.length], values: Int32Array.from(best) },
        scores: { shape: [best.length], values: Float32Array.from(best, (c) => own[c]) },
      },
    };
  });
}

/** One image embedded: unit vectors of its whole and its crops, before any PCA. */
export interface EmbeddedImage {
  vectors: Float32Array[];
  /** of each vector, in pixels of the image */
  boxes: Box[];
  width: number;
  height: number;
}

/** What `embeddingRows` made of an image. */
export function embeddedImage({ numbers: { vectors, boxes }, width, height }: ImageRow): EmbeddedImage {
  const [count, depth] = vectors.shape;
  const each = Array.from({ length: count }, (_, i) => i);
  return {
    vectors: each.map((i) => (vectors.values as Float32Array).slice(i * depth, (i + 1) * depth)),
    boxes: each.map((i) => {
      const [x, y, w, h] = boxes.values.subarray(4 * i, 4 * i + 4);
      return { x, y, width: w, height: h };
    }),
    width,
    height,
  };
}

/** How images are embedded. */
export interface EmbedRowsOptions {
  pooling: DescriptorChoice;
  /** side in pixels that images and crops are embedded at */
  size: number;
  /** the most active parts of every image that are embedded beside the whole; 0 for none */
  crops: number;
}

/** Side in pixels of the map that crops are sought in. */
const mapSize = 448;
const overlap = 0.4;

/** The windows of a map in which most is going on, apart from one another; the whole is none of them. */
function activeBoxes(map: FeatureMap, image: SearchableImage, count: number): Box[] {
  const windows = gridWindows(map.rows, map.columns, mapSize).slice(0, -1);
  const boxes = windows.map((window) => windowBox(window, map, wholeOf(image)));
  return keepApart(boxes, windowActivation(map, windows), count, overlap).map((i) => boxes[i]);
}

/** Unit vectors of the whole of each image and of its crops, before any PCA: `vectors`, and `boxes` in pixels of the image. */
export function embeddingRows(
  pass: FrozenPass,
  { pooling, size, crops }: EmbedRowsOptions,
): RowMaker<{ path: string; image: SearchableImage; whole: Awaited<ReturnType<SearchableImage['cut']>> }> {
  const descriptor = descriptorOf(pooling, 'a bake');
  return {
    async prepare(bytes, path) {
      const image = searchImageOf(await decodeImage(bytes, path));
      const whole = await image.cut(wholeOf(image), size);
      // Without crops the image itself is not wanted any more.
      const { width, height } = image;
      return { path, image: crops > 0 ? image : { width, height, cut: () => whole }, whole };
    },
    async compute(images) {
      const wholes = await featureMaps(
        pass,
        images.map(({ whole }) => whole),
        size,
      );
      const rows: (ImageRow | WeldonError)[] = [];
      for (const [i, { path, image }] of images.entries()) {
        const boxes = [wholeOf(image)];
        const maps = [wholes[i]];
        if (crops > 0) {
          const [map] = await lookAt(pass, [{ image, box: boxes[0] }], mapSize);
          const parts = activeBoxes(map, image, crops);
          boxes.push(...parts);
          maps.push(
            ...(await lookAt(
              pass,
              parts.map((box) => ({ image, box })),
              size,
            )),
          );
        }
        rows.push(
          orReason(() => {
            const vectors = maps.map((map) => unitVector(descriptor.pool(map), path));
            const depth = vectors[0].length;
            const values = new Float32Array(vectors.length * depth);
            vectors.forEach((vector, at) => values.set(vector, at * depth));
            const corners = Float32Array.from(boxes.flatMap(({ x, y, width, height }) => [x, y, width, height]));
            return {
              width: image.width,
              height: image.height,
              numbers: {
                vectors: { shape: [vectors.length, depth], values },
                boxes: { shape: [boxes.length, 4], values: corners },
              },
            };
          }),
        );
      }
      return rows;
    },
  };
}
