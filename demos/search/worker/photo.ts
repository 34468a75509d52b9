import { WeldonError } from '../../../src/index.js';
import type { Pixels } from '../../../src/index.js';
import { imageOfPixels, mapOfImage, searchImages } from '../../../src/search/index.js';
import type { Catalogue, FrozenPass, ImageMap, SearchableImage, SearchResult } from '../../../src/search/index.js';
import { decodePhoto } from '../../page/worker/decodeImage.js';
import type { Sample } from '../messages.js';

/** A photo that is searched by, and what is known of it. */
export interface PhotoAtHand {
  image: SearchableImage;
  /** of the network's features; made when it is first needed */
  map: ImageMap | null;
  /** what was looked at last, for other wishes */
  looked: Pick<SearchResult, 'parts' | 'ranking' | 'byWhole'> | null;
}

/** Longest side that photos are searched at: parts of it are embedded at a few hundred pixels. */
export const photoSide = 1280;

export function searchable({ data, width, height }: Pixels): SearchableImage {
  return imageOfPixels({ data: data as Uint8ClampedArray, width, height });
}

/** Decodes a photo of the user, or a sample of which the search is known. */
export async function openPhoto(
  file: Blob,
  name: string,
  sample: Pick<Sample, 'parts' | 'ranking' | 'byWhole'> | null,
) {
  const { pixels, preview, note } = await decodePhoto(file, name, photoSide);
  const photo: PhotoAtHand = {
    image: searchable(pixels),
    map: null,
    looked:
      sample === null
        ? null
        : { ...sample, parts: sample.parts.map(({ row, box }) => ({ row: Float32Array.from(row), box })) },
  };
  return { photo, shown: { name, width: pixels.width, height: pixels.height, preview, note } };
}

/** The photo's map, from the network where it is not known yet. */
export async function mapOf(photo: PhotoAtHand, pass: FrozenPass): Promise<ImageMap> {
  photo.map ??= await mapOfImage(pass, photo.image);
  return photo.map;
}

/** Ranks what was looked at anew. */
export async function rankAgain(
  catalogue: Catalogue,
  photo: PhotoAtHand | null,
  query: { like: string[]; unlike: string[] },
  options: NonNullable<Parameters<typeof searchImages>[3]>,
): Promise<SearchResult> {
  if (photo?.looked == null) {
    throw new WeldonError('There is no search yet: open a photo first.');
  }
  return searchImages(catalogue, null, { again: photo.looked, ...query }, options);
}
