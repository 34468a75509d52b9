/** Which parts of a query are looked at: windows of its map, and the best places within crops. */
import { expected, expectedInWords } from '../errors.js';
import type { Box } from '../models/resizeMapping.js';
import type { Catalogue } from './catalogue.js';
import { cutMap } from './descriptors.js';
import type { FeatureMap } from './descriptors.js';
import type { ImageMap } from './embedImages.js';
import { fastProducts } from './fastProducts.js';
import type { MetaFilter } from './metaFilter.js';
import { projectRows } from './pca.js';
import { nearest } from './rankItems.js';
import type { Combine, QueryPart, Scan } from './rankItems.js';
import { gridWindows, innerWindows, keepApart, windowBox, windowVectors } from './windows.js';

/** Parts that share more of their union are the same place. */
const overlap = 0.4;
/** Items of each crop that its inner windows are compared with. */
export const nearby = 50;
/** From so many items on, centroids choose windows, this many of which are compared with all items. */
const manyItems = 10_000;
const keptWindows = 16;

/** How windows are chosen. */
export interface PartOptions {
  windows: number;
  /** side in pixels of the image that the map was made of */
  size: number;
  filter: MetaFilter;
  centroids?: boolean;
}

/** How much of each cell along an axis lies between two places, in cells; at least something of one. */
function sharesOfCells(from: number, to: number, count: number): number[] {
  const start = Math.min(Math.max(from, 0), count - 1e-3);
  const end = Math.max(Math.min(to, count), start + 1e-3);
  return Array.from({ length: count }, (_, cell) => Math.max(0, Math.min(end, cell + 1) - Math.max(start, cell)));
}

/**
 * A part of an image as a search compares it, from the image's map: cells that the box covers in part count in part. Not as
 * sharp as the box cut out and embedded, and there at once, while the box is dragged.
 *
 * @param box in pixels of the image; what lies outside of it is left out
 * @throws WeldonError for a map of another network, a box without a place
 *
 * @example
 * const { map } = await searchImages(catalogue, pass, { image });
 * const part = partOfMap(catalogue, map, { x: 40, y: 60, width: 80, height: 80 });
 * const again = { parts: [part], ranking: 'window', byWhole: false };
 * const { hits } = await searchImages(catalogue, null, { again });
 */
export function partOfMap({ made, descriptor }: Catalogue, map: ImageMap, box: Box): QueryPart {
  const { data, rows, columns, depth } = map;
  if (depth !== made.pca.depth) {
    throw expectedInWords('the map for partOfMap', `of depth ${made.pca.depth}, as the catalogue's,`, String(depth));
  }
  if (![box.x, box.y, box.width, box.height].every(Number.isFinite) || !(box.width > 0 && box.height > 0)) {
    throw expected('box for partOfMap', 'a place in the image, in its pixels', box);
  }
  const across = sharesOfCells((box.x / map.width) * columns, ((box.x + box.width) / map.width) * columns, columns);
  const down = sharesOfCells((box.y / map.height) * rows, ((box.y + box.height) / map.height) * rows, rows);
  if (!descriptor.isMean) {
    const seen = (shares: number[]) => {
      const first = shares.findIndex((share) => share > 0);
      return [first, shares.filter((share) => share > 0).length];
    };
    const [[left, width], [top, height]] = [seen(across), seen(down)];
    const pooled = descriptor.pool(cutMap(map, { left, top, width, height }));
    return { row: projectRows(made, pooled)[0], box };
  }
  const sum = new Float64Array(depth);
  down.forEach((high, row) =>
    across.forEach((wide, column) => {
      const share = high * wide;
      for (let i = 0, at = (row * columns + column) * depth; share > 0 && i < depth; i++, at++) {
        sum[i] += share * data[at];
      }
    }),
  );
  return { row: projectRows(made, sum)[0], box };
}

/** The windows that are most like some item, apart from one another. */
export async function bestWindows(
  catalogue: Catalogue,
  map: FeatureMap,
  whole: Box,
  combine: Combine,
  { windows: count, size, filter, centroids }: PartOptions,
): Promise<Box[]> {
  let windows = gridWindows(map.rows, map.columns, size);
  let rows = windowVectors(catalogue.made, catalogue.descriptor, map, windows);
  if ((centroids ?? catalogue.facts.count >= manyItems) && catalogue.centroids.length > 0) {
    const scores = centroidScores(catalogue, rows, combine);
    const kept = scores
      .map((_, i) => i)
      .sort((a, b) => scores[b] - scores[a] || a - b)
      .slice(0, keptWindows);
    windows = kept.map((i) => windows[i]);
    rows = kept.map((i) => rows[i]);
  }
  const scores = windows.map(() => -Infinity);
  for (const { score, query } of await nearest(
    catalogue,
    rows.map((row) => ({ row })),
    combine,
    { k: 1, filter },
  )) {
    scores[query] = score;
  }
  const boxes = windows.map((window) => windowBox(window, map, whole));
  return keepApart(boxes, scores, count, overlap).map((i) => boxes[i]);
}

/** Each row's best window score with a centroid. */
function centroidScores({ centroids }: Catalogue, rows: readonly Float32Array[], combine: Combine): number[] {
  const width = rows[0].length;
  const queries = new Float64Array(rows.length * width);
  const made = rows.map(combine);
  made.forEach(({ vector }, i) => queries.set(vector, i * width));
  const table = new Float64Array(centroids.length * width);
  centroids.forEach((centroid, i) => table.set(centroid, i * width));
  const products = new Float64Array(rows.length * centroids.length);
  fastProducts(queries, rows.length, table, centroids.length, width, products);
  return made.map(
    ({ offset }, i) => Math.max(...products.subarray(i * centroids.length, (i + 1) * centroids.length)) + offset,
  );
}

/** The best window within each of the best crops, against the crop's own nearest items. */
export async function innerBoxes(
  catalogue: Catalogue,
  crops: readonly { map: FeatureMap; box: Box; part: QueryPart }[],
  combine: Combine,
  scan: Scan,
  refine: number,
): Promise<Box[]> {
  const lists = (await scan(crops.map(({ part }) => part))).map((hits) => hits.slice(0, nearby));
  const chosen = crops
    .map((_, i) => i)
    .filter((i) => lists[i].length > 0)
    .sort((a, b) => lists[b][0].score - lists[a][0].score || a - b)
    .slice(0, refine);
  const ids = [...new Set(chosen.flatMap((i) => lists[i].map(({ id }) => id)))];
  const stored = new Map((await catalogue.store.get(ids)).flatMap((row) => (row === null ? [] : [[row.id, row]])));
  const { dimension } = catalogue.description;
  return chosen.flatMap((i) => {
    const { map, box } = crops[i];
    const windows = innerWindows(map.rows, map.columns, catalogue.description.size);
    const rows = windowVectors(catalogue.made, catalogue.descriptor, map, windows).map(combine);
    const queries = new Float64Array(rows.length * dimension);
    rows.forEach(({ vector }, at) => queries.set(vector, at * dimension));
    const items = lists[i].flatMap(({ id, vector }) => stored.get(id)?.vectors[vector] ?? []);
    if (items.length === 0) {
      return [];
    }
    const table = new Float64Array(items.length * dimension);
    items.forEach((item, at) => table.set(item, at * dimension));
    const scores = new Float64Array(rows.length * items.length);
    fastProducts(queries, rows.length, table, items.length, dimension, scores);
    let best = 0;
    let most = -Infinity;
    for (let at = 0; at < scores.length; at++) {
      const score = scores[at] + rows[Math.floor(at / items.length)].offset;
      if (score > most) {
        [best, most] = [Math.floor(at / items.length), score];
      }
    }
    return [windowBox(windows[best], map, box)];
  });
}
