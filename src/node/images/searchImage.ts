import type { FrozenPass } from '../../models/frozenPass.js';
import type { Box } from '../../models/resizeMapping.js';
import type { Catalogue } from '../../search/catalogue.js';
import { pixelsOfBox } from '../../search/pixelImage.js';
import type { SearchableImage } from '../../search/embedImages.js';
import { whereAlike } from '../../search/whereAlike.js';
import type { DecodedImage, ReadImageOptions } from './readImage.js';
import { readImage } from './readImage.js';
import { resample } from './resample.js';

/** A decoded image as a search takes it: parts are cut from all its pixels and resampled in sharp's threads. */
export function searchImageOf({ pixels, width, height }: DecodedImage): SearchableImage {
  return {
    width,
    height,
    async cut(box, size) {
      const part = pixelsOfBox(box, { width, height });
      let data = pixels;
      if (part.width !== width || part.height !== height) {
        data = new Uint8Array(part.width * part.height * 3);
        for (let row = 0; row < part.height; row++) {
          const from = ((part.top + row) * width + part.left) * 3;
          data.set(pixels.subarray(from, from + part.width * 3), row * part.width * 3);
        }
      }
      const { data: cut } = await resample({ data, width: part.width, height: part.height, channels: 3 }, size, size);
      return new Uint8Array(cut.buffer, cut.byteOffset, cut.byteLength);
    },
  };
}

/**
 * Reads an image file to search with.
 *
 * @throws WeldonError as `readImage`
 *
 * @example
 * const { hits } = await searchImages(catalogue, pass, { image: await readSearchImage('room.jpg') });
 */
export async function readSearchImage(path: string, options: ReadImageOptions = {}): Promise<SearchableImage> {
  return searchImageOf(await readImage(path, options));
}

/**
 * Where in an image file something is alike, a pass of the network; see `whereAlike`.
 *
 * @param row of the query, as the catalogue stores it
 * @returns `null` for a file that is gone or cannot be read any more
 */
export async function placeInFile(
  catalogue: Catalogue,
  pass: FrozenPass,
  path: string,
  row: Float32Array,
  options: ReadImageOptions = {},
): Promise<Box | null> {
  const image = await readImage(path, options).catch(() => null);
  if (image === null) {
    return null;
  }
  // Places are told in pixels of the file, whatever it was decoded to.
  const scale = image.originalWidth / image.width;
  const { x, y, width, height } = (await whereAlike(catalogue, pass, searchImageOf(image), row)).box;
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}
