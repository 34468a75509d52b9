import { clipBox } from '../models/resizeMapping.js';
import type { Box } from '../models/resizeMapping.js';
import type { Region } from './types.js';
import type { MapGeometry } from './upsampleMap.js';

/** A closed line in pixels, without its first corner repeated. */
export type Polygon = [x: number, y: number][];

/** How one end's regions are drawn: a light line inside a dark casing shows on any background. */
export interface OutlineStyle {
  line: string;
  casing: string;
  /** lengths of dash and gap in units of the line width; empty for a solid line */
  dash: number[];
}

/**
 * Yellow and sky blue from Okabe and Ito's palette, which every common colour-vision deficiency keeps apart;
 * the dashes of the bottom regions tell them apart without any colour.
 */
export const outlineStyles: { top: OutlineStyle; bottom: OutlineStyle } = {
  top: { line: '#f7e94b', casing: '#16181d', dash: [] },
  bottom: { line: '#7cc8f5', casing: '#16181d', dash: [3, 2] },
};

/**
 * The cell of one region: the rectangle of a step around its centre, cut at the edges of the image. Cells tile the
 * image; what the network saw for a region, its receptive field, is usually larger.
 *
 * @param width size of the image in pixels, as in `geometry`
 */
export function regionCell(
  region: Pick<Region, 'row' | 'column'>,
  geometry: MapGeometry,
  width: number,
  height: number,
): Box {
  const { x, y } = geometry;
  return clipBox(
    {
      x: x.start + (region.column - 0.5) * x.step,
      y: y.start + (region.row - 0.5) * y.step,
      width: x.step,
      height: y.step,
    },
    width,
    height,
  );
}

/** Distinct coordinates in order; those closer than a millionth of the span are one, as rounding leaves neighbours. */
function distinct(values: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const near = 1e-6 * (sorted[sorted.length - 1] - sorted[0]);
  return sorted.filter((value, i) => i === 0 || value - sorted[i - 1] > near);
}

function indexOf(coordinates: number[], value: number): number {
  let nearest = 0;
  for (let i = 1; i < coordinates.length; i++) {
    if (Math.abs(coordinates[i] - value) < Math.abs(coordinates[nearest] - value)) {
      nearest = i;
    }
  }
  return nearest;
}

/** The four sides of a cell, clockwise on the screen, so that the inside is always on the right hand. */
const sides = [
  { from: [0, 0], to: [1, 0], beyond: [0, -1] },
  { from: [1, 0], to: [1, 1], beyond: [1, 0] },
  { from: [1, 1], to: [0, 1], beyond: [0, 1] },
  { from: [0, 1], to: [0, 0], beyond: [-1, 0] },
] as const;

/**
 * The outline of what several boxes cover together: neighbouring or overlapping boxes share one line, holes have
 * their own. Boxes without area are left out.
 *
 * @param boxes rectangles in pixels
 * @returns closed polygons in the same pixels, outer lines clockwise on the screen, holes counter-clockwise
 *
 * @example
 * outlineBoxes([{ x: 0, y: 0, width: 2, height: 1 }, { x: 2, y: 0, width: 2, height: 1 }]);
 * // [[[0, 0], [4, 0], [4, 1], [0, 1]]]
 */
export function outlineBoxes(boxes: readonly Box[]): Polygon[] {
  const solid = boxes.filter(({ width, height }) => width > 0 && height > 0);
  if (solid.length === 0) {
    return [];
  }
  const xs = distinct(solid.flatMap(({ x, width }) => [x, x + width]));
  const ys = distinct(solid.flatMap(({ y, height }) => [y, y + height]));
  const columns = xs.length - 1;
  const rows = ys.length - 1;
  const covered = new Uint8Array(rows * columns);
  for (const box of solid) {
    const left = indexOf(xs, box.x);
    const right = indexOf(xs, box.x + box.width);
    for (let row = indexOf(ys, box.y); row < indexOf(ys, box.y + box.height); row++) {
      covered.fill(1, row * columns + left, row * columns + right);
    }
  }
  const isCovered = (column: number, row: number) =>
    column >= 0 && column < columns && row >= 0 && row < rows && covered[row * columns + column] === 1;

  // Corner → directions (index into `sides`) of the border edges that start there: one, or two where cells touch.
  const starts = new Map<number, number[]>();
  const corner = (column: number, row: number) => row * (columns + 1) + column;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (isCovered(column, row)) {
        sides.forEach(({ from, beyond }, direction) => {
          if (!isCovered(column + beyond[0], row + beyond[1])) {
            const start = corner(column + from[0], row + from[1]);
            starts.set(start, [...(starts.get(start) ?? []), direction]);
          }
        });
      }
    }
  }

  const polygons: Polygon[] = [];
  for (const [first, firstDirections] of starts) {
    while (firstDirections.length > 0) {
      const polygon: Polygon = [];
      let place = first;
      let direction = -1;
      do {
        const onward = starts.get(place) as number[];
        // Right turns first: cells that touch at a corner only stay apart.
        const turn = [1, 0, 3].map((by) => (direction + by) % 4).find((candidate) => onward.includes(candidate));
        const next = direction < 0 || turn === undefined ? onward[0] : turn;
        onward.splice(onward.indexOf(next), 1);
        if (next !== direction) {
          polygon.push([xs[place % (columns + 1)], ys[Math.floor(place / (columns + 1))]]);
        }
        direction = next;
        const { from, to } = sides[direction];
        place += corner(to[0] - from[0], to[1] - from[1]);
      } while (place !== first);
      // The walk may have begun in the middle of a straight line.
      if (polygon.length > 4 && isStraight(polygon[polygon.length - 1], polygon[0], polygon[1])) {
        polygon.shift();
      }
      polygons.push(polygon);
    }
  }
  return polygons;
}

function isStraight(a: [number, number], b: [number, number], c: [number, number]): boolean {
  return (a[0] === b[0] && b[0] === c[0]) || (a[1] === b[1] && b[1] === c[1]);
}
