/** The way of a query: the whole image, windows of its map, crops of the best windows, and one look within these. */
import { checkKeys, expected, expectedInWords } from '../errors.js';
import type { FrozenPass } from '../models/frozenPass.js';
import { clipBox } from '../models/resizeMapping.js';
import type { Box } from '../models/resizeMapping.js';
import type { Catalogue } from './catalogue.js';
import { imageMapOf, lookAt, wholeOf } from './embedImages.js';
import type { ImageMap, SearchableImage } from './embedImages.js';
import type { FeatureMap } from './descriptors.js';
import type { MetaFilter } from './metaFilter.js';
import { projectRows } from './pca.js';
import { bestWindows, innerBoxes, nearby } from './partsOfQuery.js';
import { combiner, rankItems, scanner } from './rankItems.js';
import type { QueryPart, SearchHit } from './rankItems.js';
import { grownBox } from './windows.js';

/** What is sought: an image, or a part of it, items like these, items unlike those. */
export interface ImageQuery {
  image?: SearchableImage;
  /** The part of the image that is sought, in its pixels: it is taken as it is, and no windows are tried. */
  box?: Box;
  /**
   * An earlier search of the image, of which other examples, another filter or another threshold are wanted: what it looked
   * at is ranked anew, and the network does not run.
   */
  again?: Pick<SearchResult, 'parts' | 'ranking' | 'byWhole'>;
  /** ids of items that shall count as examples */
  like?: readonly string[];
  /** ids of items whose likes are not wanted */
  unlike?: readonly string[];
}

/** How it is sought. */
export interface SearchOptions {
  /** Items wanted. Default 10 */
  k?: number;
  /** Items passed over at the beginning. Default 0 */
  offset?: number;
  /** Windows of the query that are embedded by themselves, 0 … 5; 0 compares the whole image alone. Default 5 */
  windows?: number;
  /** Of these, how many are looked into once more for a better place, 0 … 3. Default 3, at most `windows` */
  refine?: number;
  /** Side in pixels of the map that windows are taken from: 448, or 640 for small objects. Default 448 */
  size?: number;
  /** Leaves out items with a lower window score. Default: none is left out */
  threshold?: number;
  /** What the metadata must be. */
  filter?: MetaFilter;
  /**
   * Whether an image that as a whole is like an item, or more so than its parts, is ranked by class. Default true, but for
   * `windows: 1, refine: 0`, which does without the pass of the whole image
   */
  gate?: boolean;
  /** Whether windows are chosen by centroids first. Default: from 10 000 items on */
  centroids?: boolean;
  /** Stops between passes. */
  signal?: AbortSignal;
}

/** What a search gives. */
export interface SearchResult {
  hits: SearchHit[];
  /** what of the query was compared: all of the image or the box, crops, places within these */
  parts: readonly QueryPart[];
  /** the best window score of all items */
  similarity: number;
  /** Whether that lies below the catalogue's threshold: there is nothing similar, and the hits are the least unlike. */
  nothingSimilar: boolean;
  ranking: 'class' | 'window';
  /** whether scores are by what was learnt of likes and unlikes */
  metric: 'euclid' | 'learnt';
  /** Whether the whole image, or the box, decided alone. */
  byWhole: boolean;
  /** The map of the whole image that windows were taken from, for more looks without the network; null where there was none. */
  map: ImageMap | null;
  /** passes through the network, in those of one image at the catalogue's size; by area */
  passes: number;
  /** milliseconds: within passes and cutting, and all the rest */
  took: { passes: number; search: number };
}

const grow = 0.2;
/**
 * By so much the best part must be more like an item than the whole image is. Chosen on `scattered_clothing/train`, where
 * no item came first by a part that gained less than 0.1.
 */
const clearlyMore = 0.07;

const checked = (value: number, name: string, least: number, most: number) => {
  if (!Number.isInteger(value) || value < least || value > most) {
    const rule = most === Infinity ? `a whole number >= ${least}` : `a whole number from ${least} to ${most}`;
    throw expected(`${name} for searchImages`, rule, value);
  }
  return value;
};

function resolved(options: SearchOptions, box: Box | undefined) {
  checkKeys(options, 'k offset windows refine size threshold filter gate centroids signal', 'searchImages');
  const { k = 10, offset = 0, size = 448, threshold = -Infinity, filter = {} } = options;
  const windows = box === undefined ? checked(options.windows ?? 5, 'windows', 0, 5) : 0;
  const refine = checked(options.refine ?? Math.min(3, windows), 'refine', 0, 3);
  checked(k, 'k', 1, Infinity);
  checked(offset, 'offset', 0, Infinity);
  if (size !== 448 && size !== 640) {
    throw expected('size for searchImages', '448 or 640', size);
  }
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) {
    throw expected('threshold for searchImages', 'a number', threshold);
  }
  const gate = options.gate ?? (windows !== 1 || refine !== 0);
  return { ...options, k, offset, windows, refine, size, threshold, filter, gate };
}

/**
 * Searches a catalogue by an image, by a part of it, by examples, or by all of these.
 *
 * The whole image goes first: where it is as like an item as catalogue items are to one another, items are ranked by
 * class score (in a catalogue with crops by window score), and that is all; so they are in the end where no part of it is
 * clearly more like an item than the whole. Otherwise windows of the image's map at `size` are compared with the catalogue;
 * the best that lie apart are cut out and embedded; within some of these the best inner window is sought among the crop's
 * 50 nearest items, cut out and embedded, too. An item counts by its best score over all of them.
 *
 * @param pass gives `features`, by the network that made the catalogue
 * @throws WeldonError for options out of their range, a box outside of the image, unknown items, negative examples alone,
 *   a filter by a field that no item has
 *
 * @example
 * const { hits, nothingSimilar } = await searchImages(catalogue, pass, { image });
 * console.log(hits[0].id, hits[0].queryBox);
 */
export async function searchImages(
  catalogue: Catalogue,
  pass: FrozenPass | null,
  query: ImageQuery,
  options: SearchOptions = {},
): Promise<SearchResult> {
  checkKeys(query, 'image box again like unlike', 'a query of searchImages');
  const { image, box, again } = query;
  const search = resolved(options, box);
  const begun = performance.now();
  const spent = { passes: 0, units: 0 };
  const combine = await combiner(catalogue, { ...query, image: image ?? again });
  const examplesOnly = image === undefined && again === undefined;
  if (examplesOnly && (query.like ?? []).length === 0) {
    throw (query.unlike ?? []).length > 0
      ? expectedInWords('a query of searchImages', 'an image or items to be like', 'only items to be unlike')
      : expectedInWords('a query of searchImages', 'an image or items to be like', 'neither');
  }
  if (again !== undefined && (image !== undefined || again.parts.length === 0)) {
    const received = image === undefined ? 'one that looked at no image' : 'one, and an image';
    throw expectedInWords('an earlier search for searchImages', 'one of an image, which is not given anew', received);
  }
  if (box !== undefined) {
    checkBox(box, image);
  }
  let imageMap: ImageMap | null = null;
  /** the best window score of the whole image, where it was looked at and parts may give way to it */
  let wholeScore = -Infinity;
  const apart = new Set([...(query.like ?? []), ...(query.unlike ?? [])]);
  const most = Math.max(nearby, search.k + search.offset + apart.size);
  const scan = scanner(catalogue, combine, { k: most, filter: search.filter });
  const finish = async (parts: readonly QueryPart[], by: SearchResult['ranking'], from = parts) => {
    const { facts, settings } = catalogue;
    // Where items are parts of their images, an image that is one item is like these, and its class says less.
    const ofWholes = settings.crops > 0 ? 'window' : 'class';
    let ranking = by === 'class' && !examplesOnly ? ofWholes : by;
    let found = await rankItems(catalogue, from, combine, { ...search, scan, ranking, apart });
    const { similarity } = found;
    let byWhole = by === 'class' && !examplesOnly;
    if (by === 'window' && similarity - wholeScore < clearlyMore) {
      [ranking, byWhole] = [ofWholes, true];
      found = await rankItems(catalogue, parts.slice(0, 1), combine, { ...search, scan, ranking, apart });
    }
    const took = performance.now() - begun;
    const metric: SearchResult['metric'] = catalogue.metric === null ? 'euclid' : 'learnt';
    return {
      hits: found.hits,
      parts: examplesOnly ? [] : parts,
      similarity,
      nothingSimilar: !(similarity >= facts.threshold),
      ranking,
      metric,
      byWhole,
      map: imageMap,
      passes: spent.units,
      took: { passes: spent.passes, search: took - spent.passes },
    };
  };
  if (again !== undefined) {
    const { parts, ranking, byWhole } = again;
    return byWhole ? finish(parts, 'class', parts.slice(0, 1)) : finish(parts, ranking);
  }
  if (image === undefined) {
    const { dimension } = catalogue.description;
    return finish([{ row: new Float32Array(dimension), box: null }], 'class');
  }
  if (pass === null) {
    throw expectedInWords('the network for searchImages', 'given with an image', 'none');
  }

  const { size } = catalogue.description;
  /** Features of parts of the image, each at `side` pixels. */
  const look = async (boxes: readonly Box[], side: number): Promise<FeatureMap[]> => {
    search.signal?.throwIfAborted();
    const start = performance.now();
    const maps = await lookAt(
      pass,
      boxes.map((each) => ({ image, box: each })),
      side,
    );
    spent.passes += performance.now() - start;
    spent.units += (boxes.length * side * side) / (size * size);
    return maps;
  };
  const partsOf = (maps: readonly FeatureMap[], boxes: readonly Box[]): QueryPart[] => {
    const { made, descriptor } = catalogue;
    if (maps[0].depth !== made.pca.depth) {
      throw expectedInWords(
        'features',
        `of depth ${made.pca.depth}, as those of the catalogue,`,
        String(maps[0].depth),
      );
    }
    const together = new Float64Array(maps.length * made.pca.depth);
    maps.forEach((map, i) => together.set(descriptor.pool(map), i * made.pca.depth));
    return projectRows(made, together).map((row, i) => ({ row, box: boxes[i] }));
  };

  const whole = box ?? wholeOf(image);
  const parts: QueryPart[] = [];
  const crops: { map: FeatureMap; box: Box; part: QueryPart }[] = [];
  if (search.gate || search.windows === 0) {
    const [map] = await look([whole], size);
    const [part] = partsOf([map], [whole]);
    parts.push(part);
    const best = (await scan([part]))[0][0];
    if (search.gate && box === undefined && best !== undefined) {
      wholeScore = best.score;
    }
    if (search.gate && (best?.score ?? -Infinity) >= catalogue.facts.threshold) {
      return finish(parts, 'class');
    }
    if (box !== undefined) {
      crops.push({ map, box, part });
    }
  }
  if (search.windows > 0) {
    const [map] = await look([whole], search.size);
    imageMap = imageMapOf(map, image, search.size);
    const boxes = await bestWindows(catalogue, map, whole, combine, search);
    const cut = search.refine > 0 ? boxes.map((each) => grownBox(each, grow, image)) : boxes;
    const maps = await look(cut, size);
    const made = partsOf(maps, cut);
    parts.push(...made);
    crops.push(...maps.map((each, i) => ({ map: each, box: cut[i], part: made[i] })));
  }
  if (search.refine > 0 && crops.length > 0) {
    const inner = await innerBoxes(catalogue, crops, combine, scan, search.refine);
    if (inner.length > 0) {
      parts.push(...partsOf(await look(inner, size), inner));
    }
  }
  return finish(parts, 'window');
}

function checkBox(box: Box, image: SearchableImage | undefined): void {
  if (image === undefined) {
    throw expectedInWords('box for searchImages', 'given with an image', 'none');
  }
  const inside = clipBox(box, image.width, image.height);
  const numbers = [box.x, box.y, box.width, box.height].every(Number.isFinite);
  const within = Math.abs(inside.width - box.width) + Math.abs(inside.height - box.height) < 1e-6;
  if (!numbers || box.width < 1 || box.height < 1 || !within) {
    const rule = `a box of a pixel or more within the image of ${image.width} × ${image.height} pixels`;
    throw expected('box for searchImages', rule, box);
  }
}
