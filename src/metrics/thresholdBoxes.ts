import { expected } from '../errors.js';
import { checkMap } from '../heatmaps/mapChecks.js';
import type { ClassMap } from '../heatmaps/types.js';
import { upsampleMap } from '../heatmaps/upsampleMap.js';
import type { Box } from '../models/resizeMapping.js';

/** The connected parts of a map above one threshold. */
export interface ThresholdBoxes {
  /** box around the part with the most pixels; `null` if nothing is above */
  largest: Box | null;
  /** boxes around all parts */
  all: Box[];
}

/** Evidence from 0 (least) to 1 (most); a map that is constant, or nothing but NaN, is 0 all over, and so is a NaN. */
export function minMaxScaled({ data, rows, columns }: ClassMap): ClassMap {
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const scale = high > low ? 1 / (high - low) : 0;
  return {
    rows, columns,
    data: data.map((value) => (scale === 0 || Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, (value - low) * scale)))),
  };
}

/** Parts that grow pixel by pixel, from the highest value down, and join where they touch, diagonally too. */
class GrowingParts {
  private readonly parent: Int32Array;
  private readonly size: Int32Array;
  private readonly bounds: Int32Array;
  private readonly roots = new Set<number>();
  private largest = -1;

  constructor(private readonly rows: number, private readonly columns: number) {
    this.parent = new Int32Array(rows * columns).fill(-1);
    this.size = new Int32Array(rows * columns);
    this.bounds = new Int32Array(rows * columns * 4);
  }

  private find(pixel: number): number {
    let root = pixel;
    while (this.parent[root] !== root) {
      this.parent[root] = this.parent[this.parent[root]];
      root = this.parent[root];
    }
    return root;
  }

  private join(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    if (first === second) {
      return;
    }
    const [big, small] = this.size[first] >= this.size[second] ? [first, second] : [second, first];
    this.parent[small] = big;
    this.size[big] += this.size[small];
    this.roots.delete(small);
    const { bounds } = this;
    for (const side of [0, 1]) {
      bounds[big * 4 + side] = Math.min(bounds[big * 4 + side], bounds[small * 4 + side]);
      bounds[big * 4 + 2 + side] = Math.max(bounds[big * 4 + 2 + side], bounds[small * 4 + 2 + side]);
    }
    this.noteSize(big);
    if (this.largest === small) {
      this.largest = big;
    }
  }

  private noteSize(root: number): void {
    if (this.largest < 0 || this.size[root] > this.size[this.largest]) {
      this.largest = root;
    }
  }

  add(pixel: number): void {
    const row = Math.floor(pixel / this.columns);
    const column = pixel % this.columns;
    this.parent[pixel] = pixel;
    this.size[pixel] = 1;
    this.bounds.set([column, row, column, row], pixel * 4);
    this.roots.add(pixel);
    this.noteSize(pixel);
    for (let y = Math.max(0, row - 1); y <= Math.min(this.rows - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(this.columns - 1, column + 1); x++) {
        const other = y * this.columns + x;
        if (other !== pixel && this.parent[other] >= 0) {
          this.join(pixel, other);
        }
      }
    }
  }

  private box(root: number): Box {
    const [left, top, right, bottom] = this.bounds.subarray(root * 4, root * 4 + 4);
    return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  }

  boxes(): ThresholdBoxes {
    return { largest: this.largest < 0 ? null : this.box(this.largest), all: [...this.roots].map((root) => this.box(root)) };
  }
}

/**
 * The boxes of a map above each of several thresholds, all in one sweep.
 *
 * @param map from 0 to 1, see `minMaxScaled`
 * @param thresholds rising
 * @returns for each threshold: boxes around the parts where the map is above it, in pixels of the map
 */
export function boxesAbove(map: ClassMap, thresholds: readonly number[]): ThresholdBoxes[] {
  checkMap(map, 'boxesAbove');
  const order = Array.from(map.data.keys()).sort((a, b) => map.data[b] - map.data[a] || a - b);
  const parts = new GrowingParts(map.rows, map.columns);
  const result: ThresholdBoxes[] = new Array(thresholds.length);
  let next = 0;
  for (let t = thresholds.length - 1; t >= 0; t--) {
    while (next < order.length && map.data[order[next]] > thresholds[t]) {
      parts.add(order[next++]);
    }
    result[t] = parts.boxes();
  }
  return result;
}

/**
 * A box around the largest connected part of a class map above a threshold: how a map becomes one predicted box.
 *
 * @param threshold from 0 to 1, between the map's smallest and largest value
 * @param size of the picture in pixels; regions tile it evenly, and values between them are interpolated
 * @returns in pixels of the picture; `null` for a constant map
 *
 * @example
 * const box = largestBox(maps[0][0], 0.4, { width: 448, height: 448 });
 */
export function largestBox(map: ClassMap, threshold: number, size: { width: number; height: number }): Box | null {
  if (!(threshold >= 0 && threshold < 1)) {
    throw expected('threshold for largestBox', 'a number with 0 <= threshold < 1', threshold);
  }
  return boxesAbove(minMaxScaled(upsampleMap(map, { ...size, method: 'bicubic' })), [threshold])[0].largest;
}
