import { pixelsOfBox } from '../../search/pixelImage.js';
import type { SearchableImage } from '../../search/embedImages.js';
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
