import { expected } from '../../errors.js';
import { checkMap } from '../../heatmaps/types.js';
import type { ClassMap } from '../../heatmaps/types.js';
import { upsampleMap } from '../../heatmaps/upsampleMap.js';
import type { Box } from '../../models/resizeMapping.js';
import { argsortDescending } from '../argsort.js';

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
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) {
      low = data[i] < low ? data[i] : low;
      high = data[i] > high ? data[i] : high;
    }
  }
  const scale = high > low ? 1 / (high - low) : 0;
  const scaled = new Float32Array(data.length);
  for (let i = 0; i < data.length && scale > 0; i++) {
    const value = (data[i] - low) * scale;
    scaled[i] = Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
  }
  return { rows, columns, data: scaled };
}

/** Parts that grow pixel by pixel, from the highest value down, and join where they touch, diagonally too. */
class GrowingParts {
  /** with a border of one pixel, which belongs to no part, so that every pixel has eight neighbours */
  private readonly parent: Int32Array;
  private readonly size: Int32Array;
  /** left, top, right and bottom of each root */
  private readonly bounds: Int32Array;
  private readonly roots = new Set<number>();
  private largest = -1;

  constructor(
    rows: number,
    private readonly columns: number,
  ) {
    const count = (rows + 2) * (columns + 2);
    this.parent = new Int32Array(count).fill(-1);
    this.size = new Int32Array(count);
    this.bounds = new Int32Array(4 * count);
  }

  private find(place: number): number {
    const { parent } = this;
    let root = place;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }

  private include(root: number, left: number, top: number, right: number, bottom: number): void {
    const { bounds } = this;
    const at = 4 * root;
    bounds[at] = Math.min(bounds[at], left);
    bounds[at + 1] = Math.min(bounds[at + 1], top);
    bounds[at + 2] = Math.max(bounds[at + 2], right);
    bounds[at + 3] = Math.max(bounds[at + 3], bottom);
  }

  /** The smaller of two parts becomes one with the bigger, whose root is given. */
  private join(a: number, b: number): number {
    const { parent, size, bounds } = this;
    const [big, small] = size[a] >= size[b] ? [a, b] : [b, a];
    parent[small] = big;
    size[big] += size[small];
    this.roots.delete(small);
    if (this.largest === small) {
      this.largest = big;
    }
    const at = 4 * small;
    this.include(big, bounds[at], bounds[at + 1], bounds[at + 2], bounds[at + 3]);
    return big;
  }

  /** A part joined with that of a place, where the place is in any. */
  private touch(part: number, place: number): number {
    if (this.parent[place] < 0) {
      return part;
    }
    const other = this.find(place);
    return part < 0 || part === other ? other : this.join(part, other);
  }

  add(pixel: number): void {
    const { parent, size, bounds, columns } = this;
    const row = Math.floor(pixel / columns);
    const column = pixel - row * columns;
    const wide = columns + 2;
    const place = (row + 1) * wide + column + 1;
    const above = parent[place - wide] >= 0;
    const below = parent[place + wide] >= 0;
    const before = parent[place - 1] >= 0;
    const after = parent[place + 1] >= 0;
    let part = -1;
    part = above ? this.touch(part, place - wide) : part;
    part = below ? this.touch(part, place + wide) : part;
    part = before ? this.touch(part, place - 1) : part;
    part = after ? this.touch(part, place + 1) : part;
    // One across a corner is in the part of the pixel between, where that is in any.
    part = !above && !before ? this.touch(part, place - wide - 1) : part;
    part = !above && !after ? this.touch(part, place - wide + 1) : part;
    part = !below && !before ? this.touch(part, place + wide - 1) : part;
    part = !below && !after ? this.touch(part, place + wide + 1) : part;
    if (part < 0) {
      part = place;
      bounds.set([column, row, column, row], 4 * part);
      this.roots.add(part);
    } else {
      this.include(part, column, row, column, row);
    }
    parent[place] = part;
    size[part]++;
    if (this.largest < 0 || size[part] > size[this.largest]) {
      this.largest = part;
    }
  }

  private box(root: number): Box {
    const [left, top, right, bottom] = this.bounds.subarray(root * 4, root * 4 + 4);
    return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  }

  boxes(): ThresholdBoxes {
    return {
      largest: this.largest < 0 ? null : this.box(this.largest),
      all: [...this.roots].map((root) => this.box(root)),
    };
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
  const order = argsortDescending(map.data);
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
 * @param size of the image in pixels; regions tile it evenly, and values between them are interpolated
 * @returns in pixels of the image; `null` for a constant map
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
