/** Windows of a feature map: which there are, their vectors, and which are kept of many that overlap. */
import type { CellWindow, Descriptor, FeatureMap } from './descriptors.js';
import { cutMap } from './descriptors.js';
import type { Projector } from './pca.js';
import { projectRows, scaled } from './pca.js';
import type { Box } from '../models/resizeMapping.js';
import { intersectionOverUnion } from '../metrics/localization/groundTruth.js';
import { fastProducts } from './fastProducts.js';

/** Sides of square windows in cells; the whole map comes beside them. */
const sides = [4, 6, 9, 14];
const stride = 2;

/** Sides in cells of the windows within a crop, in both directions, long ones at most twice as long as wide. */
const innerFrom = 3;
const longest = 2;

const range = (count: number, step = 1) => Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);

/** Pixels that a cell stands for in the counts here: networks of a finer stride have several cells in its place. */
const pixelsOfCell = 32;

/** Cells of a map of an image of `size` pixels that stand for one of 32 pixels. */
function unitOf(rows: number, columns: number, size: number): number {
  return Math.max(1, Math.round(Math.min(rows, columns) / (size / pixelsOfCell)));
}

/** Windows of a map of some cells in the place of one. */
function inUnits(
  rows: number,
  columns: number,
  unit: number,
  windows: (rows: number, columns: number) => CellWindow[],
): CellWindow[] {
  return windows(Math.floor(rows / unit), Math.floor(columns / unit)).map(({ left, top, width, height }) => ({
    left: left * unit,
    top: top * unit,
    width: width * unit,
    height: height * unit,
  }));
}

function squares(rows: number, columns: number): CellWindow[] {
  return sides
    .filter((side) => side <= rows && side <= columns && (side < rows || side < columns))
    .flatMap((side) =>
      range(rows - side + 1, stride).flatMap((top) =>
        range(columns - side + 1, stride).map((left) => ({ left, top, width: side, height: side })),
      ),
    );
}

/**
 * The windows of a map that are compared with a catalogue: squares of 4, 6, 9 and 14 cells of 32 pixels at every second
 * cell, and the whole map, which comes last. 71 for 14 × 14 cells, 198 for 20 × 20.
 *
 * @param size side in pixels of the image that the map was made of
 */
export function gridWindows(rows: number, columns: number, size: number): CellWindow[] {
  const windows = inUnits(rows, columns, unitOf(rows, columns, size), squares);
  return [...windows, { left: 0, top: 0, width: columns, height: rows }];
}

function rectangles(rows: number, columns: number): CellWindow[] {
  const from = Math.min(innerFrom, rows, columns);
  return range(rows - from + 1).flatMap((h) =>
    range(columns - from + 1).flatMap((w) => {
      const [height, width] = [from + h, from + w];
      return Math.max(height, width) > longest * Math.min(height, width)
        ? []
        : range(rows - height + 1).flatMap((top) =>
            range(columns - width + 1).map((left) => ({ left, top, width, height })),
          );
    }),
  );
}

/**
 * The windows within a crop: every rectangle of 3 cells of 32 pixels and more a side that is no more than twice as long as
 * wide. 215 for 7 × 7 cells.
 *
 * @param size side in pixels of the crop that the map was made of
 */
export function innerWindows(rows: number, columns: number, size: number): CellWindow[] {
  return inUnits(rows, columns, unitOf(rows, columns, size), rectangles);
}

/** Running sums over all cells above and to the left, `[rows + 1, columns + 1, depth]`. */
function integral(data: ArrayLike<number>, rows: number, columns: number, depth: number): Float64Array {
  const width = (columns + 1) * depth;
  const sums = new Float64Array((rows + 1) * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * depth;
      const to = (row + 1) * width + (column + 1) * depth;
      for (let i = 0; i < depth; i++) {
        sums[to + i] = data[from + i] + sums[to - depth + i] + sums[to - width + i] - sums[to - width - depth + i];
      }
    }
  }
  return sums;
}

function windowSum(sums: Float64Array, columns: number, depth: number, window: CellWindow, into: Float64Array, at = 0) {
  const { left, top, width, height } = window;
  const corner = (row: number, column: number) => (row * (columns + 1) + column) * depth;
  const [a, b] = [corner(top, left), corner(top, left + width)];
  const [c, d] = [corner(top + height, left), corner(top + height, left + width)];
  for (let i = 0; i < depth; i++) {
    into[at + i] = sums[d + i] - sums[b + i] - sums[c + i] + sums[a + i];
  }
}

/** Vectors of windows as they are stored: where there are more windows than cells, the cells are projected first. */
function meanWindows(made: Projector, map: FeatureMap, windows: readonly CellWindow[]): Float32Array[] {
  const { data, rows, columns, depth } = map;
  if (windows.length <= rows * columns) {
    const sums = integral(data, rows, columns, depth);
    const vectors = new Float64Array(windows.length * depth);
    windows.forEach((window, i) => windowSum(sums, columns, depth, window, vectors, i * depth));
    return projectRows(made, vectors);
  }
  const width = made.pca.dimensions + 1;
  const count = rows * columns;
  const features = Float64Array.from(data);
  const [cells, between] = [new Float64Array(count * width), new Float64Array(count * count)];
  fastProducts(features, count, made.table, width, depth, cells);
  fastProducts(features, count, features, count, depth, between);
  const seen = integral(cells, rows, columns, width);
  const part = new Float64Array(width);
  return windows.map((window) => {
    windowSum(seen, columns, width, window, part);
    return scaled(part, 0, lengthOfSum(between, columns, count, window), made.pca.dimensions, made.ofMean);
  });
}

/** The length of the sum of a window's cells, from the products of all cells with one another. */
function lengthOfSum(between: Float64Array, columns: number, count: number, window: CellWindow): number {
  const { left, top, width, height } = window;
  let squares = 0;
  for (let row = top; row < top + height; row++) {
    for (let cell = row * columns + left; cell < row * columns + left + width; cell++) {
      for (let other = top; other < top + height; other++) {
        const from = cell * count + other * columns + left;
        for (let at = from; at < from + width; at++) {
          squares += between[at];
        }
      }
    }
  }
  return Math.sqrt(Math.max(0, squares));
}

/**
 * The vector of every window, as vectors of whole images are stored.
 *
 * @param windows within the map
 */
export function windowVectors(
  made: Projector,
  descriptor: Descriptor,
  map: FeatureMap,
  windows: readonly CellWindow[],
): Float32Array[] {
  if (descriptor.isMean) {
    return meanWindows(made, map, windows);
  }
  const vectors = new Float64Array(windows.length * map.depth);
  windows.forEach((window, i) => vectors.set(descriptor.pool(cutMap(map, window)), i * map.depth));
  return projectRows(made, vectors);
}

/**
 * The mean of all features within each window, over area: how much of anything there is, whatever it is.
 */
export function windowActivation({ data, rows, columns, depth }: FeatureMap, windows: readonly CellWindow[]): number[] {
  const cells = new Float64Array(rows * columns);
  for (let cell = 0; cell < cells.length; cell++) {
    for (let i = 0; i < depth; i++) {
      cells[cell] += data[cell * depth + i] / depth;
    }
  }
  const sums = integral(cells, rows, columns, 1);
  const sum = new Float64Array(1);
  return windows.map((window) => {
    windowSum(sums, columns, 1, window, sum);
    return sum[0] / (window.width * window.height);
  });
}

/** A window's place in the box that the map was made of. */
export function windowBox(
  { left, top, width, height }: CellWindow,
  map: Pick<FeatureMap, 'rows' | 'columns'>,
  of: Box,
): Box {
  const [cellWidth, cellHeight] = [of.width / map.columns, of.height / map.rows];
  return {
    x: of.x + left * cellWidth,
    y: of.y + top * cellHeight,
    width: width * cellWidth,
    height: height * cellHeight,
  };
}

/** A box grown about its centre by a share of its sides, within an image. */
export function grownBox({ x, y, width, height }: Box, share: number, image: { width: number; height: number }): Box {
  const [left, top] = [Math.max(0, x - (width * share) / 2), Math.max(0, y - (height * share) / 2)];
  const right = Math.min(image.width, x + width * (1 + share / 2));
  const bottom = Math.min(image.height, y + height * (1 + share / 2));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * The best of boxes that overlap (greedy non-maximum suppression): from the best score down, those that share at most
 * `most` of their union with any that was kept; of equal scores the earlier one.
 *
 * @param count how many are kept at most
 * @returns their indices, best first
 */
export function keepApart(boxes: readonly Box[], scores: readonly number[], count: number, most = 0.4): number[] {
  const kept: number[] = [];
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  for (const i of order) {
    if (kept.length >= count) {
      break;
    }
    if (kept.every((other) => intersectionOverUnion(boxes[i], boxes[other]) <= most)) {
      kept.push(i);
    }
  }
  return kept;
}
