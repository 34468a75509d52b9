import type { WeldonError } from '../../errors.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import type { Box } from '../../models/resizeMapping.js';
import { descriptorOf } from '../../search/descriptors.js';
import type { DescriptorChoice, FeatureMap } from '../../search/descriptors.js';
import { lookAt, unitVector, wholeOf } from '../../search/embedImages.js';
import type { SearchableImage } from '../../search/embedImages.js';
import { gridWindows, keepApart, windowActivation, windowBox } from '../../search/windows.js';
import { readSearchImage } from '../images/searchImage.js';
import { readAhead } from '../images/readImages.js';

/** How a shard is embedded. */
export interface BakeOptions {
  pooling: DescriptorChoice;
  /** side in pixels that images and crops are embedded at */
  size: number;
  /** the most active parts of every image that are embedded beside the whole; 0 for none */
  crops: number;
  signal?: AbortSignal;
}

/** One image embedded: unit vectors of its whole and its crops, before any PCA. */
export interface BakedImage {
  path: string;
  vectors: Float32Array[];
  /** of each vector, in pixels of the image */
  boxes: Box[];
  width: number;
  height: number;
}

/** What came of a shard. */
export interface BakedShard {
  images: BakedImage[];
  refused: { path: string; error: WeldonError }[];
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

/**
 * Embeds some images: the one loop of a bake, whoever calls it, a command or a worker on a queue. Images that cannot be
 * read are told and left out.
 *
 * @param pass gives `features`; one call takes all images of the shard at once
 * @throws WeldonError for features that no vector comes of, and the reason of `signal` where it stops
 */
export async function bakeShard(
  pass: FrozenPass,
  paths: readonly string[],
  { pooling, size, crops, signal }: BakeOptions,
): Promise<BakedShard> {
  const descriptor = descriptorOf(pooling, 'a bake');
  const refused: BakedShard['refused'] = [];
  const read: { path: string; image: SearchableImage }[] = [];
  for await (const { path, image, error } of readAhead(paths, (each) => readSearchImage(each), { ahead: 4 })) {
    signal?.throwIfAborted();
    if (error === undefined) {
      read.push({ path, image });
    } else {
      refused.push({ path, error });
    }
  }
  const wholes = await lookAt(
    pass,
    read.map(({ image }) => ({ image, box: wholeOf(image) })),
    size,
  );
  const images = read.map(({ path, image }, i) => ({
    path,
    vectors: [unitVector(descriptor.pool(wholes[i]), path)],
    boxes: [wholeOf(image)],
    width: image.width,
    height: image.height,
  }));
  for (const [i, { path, image }] of crops === 0 ? [] : read.entries()) {
    signal?.throwIfAborted();
    const [map] = await lookAt(pass, [{ image, box: wholeOf(image) }], mapSize);
    const boxes = activeBoxes(map, image, crops);
    const maps = await lookAt(
      pass,
      boxes.map((box) => ({ image, box })),
      size,
    );
    images[i].vectors.push(...maps.map((each) => unitVector(descriptor.pool(each), path)));
    images[i].boxes.push(...boxes);
  }
  return { images, refused };
}
