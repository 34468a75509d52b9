/** Where in an image something is alike: the windows of its map against one vector. */
import { expectedInWords } from '../errors.js';
import type { FrozenPass } from '../models/frozenPass.js';
import type { Box } from '../models/resizeMapping.js';
import type { Catalogue } from './catalogue.js';
import { queryOffset, queryVector } from './catalogue.js';
import { featureMaps, wholeOf } from './embedImages.js';
import type { SearchableImage } from './embedImages.js';
import { gridWindows, windowBox, windowVectors } from './windows.js';

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
  const { made, descriptor, description } = catalogue;
  if (row.length !== description.dimension) {
    throw expectedInWords('row for whereAlike', `a vector of ${description.dimension} numbers`, String(row.length));
  }
  const whole = wholeOf(image);
  const [map] = await featureMaps(pass, [await image.cut(whole, size)], size);
  const windows = gridWindows(map.rows, map.columns, size);
  const query = queryVector(row);
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
