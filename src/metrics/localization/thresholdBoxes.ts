import { expected } from '../../errors.js';
import { checkMap } from '../../heatmaps/types.js';
import type { ClassMap } from '../../heatmaps/types.js';
import { upsampleMap } from '../../heatmaps/upsampleMap.js';
import type { Box } from '../../models/resizeMapping.js';

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

/** Parts that grow pixel by pixel, and join where they touch, diagonally too. */
class GrowingParts {
  /** with a border of one pixel, which belongs to no part, so that every pixel has eight neighbours */
  private readonly parent: Int32Array;
  private readonly size: Int32Array;
  /** left, top, right and bottom of each root, of the places with their border */
  private readonly bounds: Int32Array;
  private readonly roots = new Set<number>();
  private largest = -1;

  constructor(
    rows: number,
    /** places in a row, the border among them */
    private readonly wide: number,
  ) {
    const count = (rows + 2) * wide;
    this.parent = new Int32Array(count).fill(-1);
    this.size = new Int32Array(count);
    this.bounds = new Int32Array(4 * count);
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
    const [to, from] = [4 * big, 4 * small];
    bounds[to] = Math.min(bounds[to], bounds[from]);
    bounds[to + 1] = Math.min(bounds[to + 1], bounds[from + 1]);
    bounds[to + 2] = Math.max(bounds[to + 2], bounds[from + 2]);
    bounds[to + 3] = Math.max(bounds[to + 3], bounds[from + 3]);
    return big;
  }

  /** A part joined with that of a place, where the place is in any. */
  private touch(part: number, place: number): number {
    const { parent } = this;
    let root = place;
    let up = parent[root];
    if (up === part) {
      return part;
    }
    while (up !== root) {
      const next = parent[up];
      parent[root] = next;
      root = next;
      up = parent[root];
    }
    return part < 0 || part === root ? root : this.join(part, root);
  }

  /** @param place row and column + 1 each */
  add(place: number): void {
    const { parent, size, bounds, wide } = this;
    const above = parent[place - wide] >= 0;
    const below = parent[place + wide] >= 0;
    const before = parent[place - 1] >= 0;
    const after = parent[place + 1] >= 0;
    let part = -1;
    if (above) {
      part = this.touch(part, place - wide);
    }
    if (below) {
      part = this.touch(part, place + wide);
    }
    if (before) {
      part = this.touch(part, place - 1);
    }
    if (after) {
      part = this.touch(part, place + 1);
    }
    // One across a corner is in the part of the pixel between, where that is in any.
    if (!above && !before && parent[place - wide - 1] >= 0) {
      part = this.touch(part, place - wide - 1);
    }
    if (!above && !after && parent[place - wide + 1] >= 0) {
      part = this.touch(part, place - wide + 1);
    }
    if (!below && !before && parent[place + wide - 1] >= 0) {
      part = this.touch(part, place + wide - 1);
    }
    if (!below && !after && parent[place + wide + 1] >= 0) {
      part = this.touch(part, place + wide + 1);
    }
    const row = (place / wide) | 0;
    const column = place - row * wide;
    if (part < 0) {
      part = place;
      const at = 4 * part;
      bounds[at] = bounds[at + 2] = column;
      bounds[at + 1] = bounds[at + 3] = row;
      this.roots.add(part);
    } else {
      const at = 4 * part;
      if (column < bounds[at]) {
        bounds[at] = column;
      } else if (column > bounds[at + 2]) {
        bounds[at + 2] = column;
      }
      if (row < bounds[at + 1]) {
        bounds[at + 1] = row;
      } else if (row > bounds[at + 3]) {
        bounds[at + 3] = row;
      }
    }
    parent[place] = part;
    size[part]++;
    if (this.largest < 0 || size[part] > size[this.largest]) {
      this.largest = part;
    }
  }

  private box(root: number): Box {
    const [left, top, right, bottom] = this.bounds.subarray(root * 4, root * 4 + 4);
    return { x: left - 1, y: top - 1, width: right - left + 1, height: bottom - top + 1 };
  }

  boxes(): ThresholdBoxes {
    return {
      largest: this.largest < 0 ? null : this.box(this.largest),
      all: [...this.roots].map((root) => this.box(root)),
    };
  }
}

/** Pixels in the order of the thresholds that they are above, the highest first, and within one row by row. */
function byThreshold(
  map: ClassMap,
  thresholds: readonly number[],
  wide: number,
): { places: Int32Array; ends: Int32Array } {
  const { data, rows, columns } = map;
  const count = thresholds.length;
  const levels = Float64Array.from(thresholds);
  const levelOf = new Uint16Array(data.length);
  // How many pixels are above so many thresholds and no more, then where those of each end.
  const ends = new Int32Array(count + 1);
  let level = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    // Neighbours differ little: from the level of the last pixel it is a step or two.
    while (level < count && value > levels[level]) {
      level++;
    }
    while (level > 0 && !(value > levels[level - 1])) {
      level--;
    }
    levelOf[i] = level;
    ends[level]++;
  }
  const starts = new Int32Array(count + 1);
  for (let l = count - 1; l >= 0; l--) {
    starts[l] = starts[l + 1] + ends[l + 1];
  }
  const places = new Int32Array(data.length);
  const next = starts.slice();
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      places[next[levelOf[i]]++] = (row + 1) * wide + column + 1;
    }
  }
  return { places, ends: next };
}

/**
 * The boxes of a map above each of several thresholds, all in one sweep from the highest down.
 *
 * @param map from 0 to 1, see `minMaxScaled`
 * @param thresholds rising
 * @returns for each threshold: boxes around the parts where the map is above it, in pixels of the map; of parts of one
 *   size the one that reached it first is the largest
 */
export function boxesAbove(map: ClassMap, thresholds: readonly number[]): ThresholdBoxes[] {
  checkMap(map, 'boxesAbove');
  const wide = map.columns + 2;
  const { places, ends } = byThreshold(map, thresholds, wide);
  const parts = new GrowingParts(map.rows, wide);
  const result: ThresholdBoxes[] = new Array(thresholds.length);
  let at = 0;
  for (let t = thresholds.length - 1; t >= 0; t--) {
    const isSame = at === ends[t + 1] && t + 1 < thresholds.length;
    while (at < ends[t + 1]) {
      parts.add(places[at++]);
    }
    result[t] = isSame ? result[t + 1] : parts.boxes();
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
