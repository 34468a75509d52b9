/** Where in an image something is alike: the windows of its map against one vector. */
import { expectedInWords } from '../errors.js';
import type { FrozenPass } from '../models/frozenPass.js';
import type { Box } from '../models/resizeMapping.js';
import type { Catalogue } from './catalogue.js';
import { queryOffset, queryVector } from './catalogue.js';
import { mapOfImage, wholeOf } from './embedImages.js';
import type { ImageMap, SearchableImage } from './embedImages.js';
import { gridWindows, innerWindows, windowBox, windowVectors } from './windows.js';

/** Below this side in pixels, a map has too few cells for windows at every second one. */
const smallest = 320;

/** How alike every place of an image is. */
export interface AlikeMap {
  /** `[rows, columns]`: of each cell, the mean window score of the windows that cover it */
  data: Float32Array;
  rows: number;
  columns: number;
  /** the best window, in pixels of the image */
  box: Box;
  /** its window score */
  score: number;
}

/**
 * Where an image is like something: its windows at 448 pixels compared with one vector. With a query's image and a stored
 * vector of a hit it shows what of the query matches; with the hit's image and the query's vector, where in the hit.
 *
 * @param row as the catalogue stores it: one of an item's `vectors`, or `parts[hit.part].row` of a search
 * @throws WeldonError for a vector of another length
 *
 * @example
 * const { hits, parts } = await searchImages(catalogue, pass, { image });
 * const { box } = await whereAlike(catalogue, pass, hitImage, parts[hits[0].part].row);
 */
export async function whereAlike(
  catalogue: Catalogue,
  pass: FrozenPass,
  image: SearchableImage,
  row: Float32Array,
  size: 448 | 640 = 448,
): Promise<AlikeMap> {
  checkRow(catalogue, row, 'whereAlike');
  return placesAlike(catalogue, await mapOfImage(pass, image, size), row);
}

function checkRow({ description: { dimension } }: Catalogue, row: Float32Array, owner: string): void {
  if (row.length !== dimension) {
    throw expectedInWords(`row for ${owner}`, `a vector of ${dimension} numbers`, String(row.length));
  }
}

/**
 * The same from a map that is there already. A map of a small image (7 × 7 cells of 224 pixels) is looked at in all
 * rectangles of 3 cells and more.
 *
 * @param map of `mapOfImage`, or of a search's result
 * @throws WeldonError for a vector of another length
 *
 * @example
 * const { map } = await searchImages(catalogue, pass, { image });
 * const { data } = placesAlike(catalogue, map, row);
 */
export function placesAlike(catalogue: Catalogue, map: ImageMap, row: Float32Array): AlikeMap {
  const { made, descriptor } = catalogue;
  checkRow(catalogue, row, 'placesAlike');
  const whole = wholeOf(map);
  const windows = (map.size < smallest ? innerWindows : gridWindows)(map.rows, map.columns, map.size);
  const query = queryVector(row, catalogue.metric);
  const offset = queryOffset(made, row);
  const scores = windowVectors(made, descriptor, map, windows).map((vector) =>
    vector.reduce((sum, value, i) => sum + value * query[i], offset),
  );
  const data = new Float32Array(map.rows * map.columns);
  const covering = new Float32Array(data.length);
  let best = 0;
  windows.forEach(({ left, top, width, height }, i) => {
    best = scores[i] > scores[best] ? i : best;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        data[y * map.columns + x] += scores[i];
        covering[y * map.columns + x]++;
      }
    }
  });
  return {
    data: data.map((sum, cell) => sum / covering[cell]),
    rows: map.rows,
    columns: map.columns,
    box: windowBox(windows[best], map, whole),
    score: scores[best],
  };
}
