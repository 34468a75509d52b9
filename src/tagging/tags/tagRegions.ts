import { expected, expectedInWords } from '../../errors.js';

/** Evidence of classes over the cells of an image: `[rows, columns, classes]`, row-major. */
export interface EvidenceMap {
  data: ArrayLike<number>;
  rows: number;
  columns: number;
  classes: number;
}

/** Where in an image the evidence of a tag lies. */
export interface TagRegion {
  /** the strongest cells, counted row by row, rising */
  cells: number[];
  /** around those of them that hang together with the strongest; parts of width and height, 0 … 1 */
  box: { x: number; y: number; width: number; height: number };
}

/**
 * The region of a class: the strongest part of the cells, and a box around the piece that holds the strongest one.
 *
 * @param share part of the cells that belong to a region, 0 … 1
 */
export function regionOf({ data, rows, columns, classes }: EvidenceMap, c: number, share = 0.2): TagRegion {
  const cells = rows * columns;
  if (data.length !== cells * classes || cells < 1) {
    throw expectedInWords('the map of an image', `${rows} × ${columns} × ${classes} numbers`, `${data.length}`);
  }
  if (!(share > 0 && share <= 1)) {
    throw expected('share of a region', 'a number with 0 < share <= 1', share);
  }
  const order = Array.from({ length: cells }, (_, cell) => cell).sort(
    (a, b) => data[b * classes + c] - data[a * classes + c] || a - b,
  );
  const strongest = order.slice(0, Math.max(1, Math.round(share * cells)));
  const inside = new Set(strongest);
  const piece = new Set([strongest[0]]);
  for (const cell of piece) {
    const column = cell % columns;
    const around = [
      cell - columns,
      cell + columns,
      ...(column > 0 ? [cell - 1] : []),
      ...(column < columns - 1 ? [cell + 1] : []),
    ];
    around.filter((next) => inside.has(next)).forEach((next) => piece.add(next));
  }
  const [xs, ys] = [[...piece].map((cell) => cell % columns), [...piece].map((cell) => Math.floor(cell / columns))];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return {
    cells: strongest.sort((a, b) => a - b),
    box: {
      x: left / columns,
      y: top / rows,
      width: (Math.max(...xs) + 1 - left) / columns,
      height: (Math.max(...ys) + 1 - top) / rows,
    },
  };
}

/** Cells that two regions share, as a part of those that either has: 0 … 1. */
export function overlapOf(a: readonly number[], b: readonly number[]): number {
  const inside = new Set(a);
  const both = b.filter((cell) => inside.has(cell)).length;
  return both === 0 ? 0 : both / (a.length + b.length - both);
}

/**
 * Groups regions that lie on one object: each joins the group of the first before it that it overlaps enough. Of tags of
 * regions with an overlap above 0.35 nine in ten lie on one object: guesses at one thing, no synonyms.
 *
 * @param regions in the order of their tags, the best first
 * @returns number of each one's group, from 0
 */
export function rivalGroups(regions: readonly (readonly number[])[], least = 0.35): number[] {
  if (!(least > 0 && least <= 1)) {
    throw expected('rivals', 'an overlap with 0 < overlap <= 1', least);
  }
  const leaders: number[] = [];
  return regions.map((region, i) => {
    const found = leaders.findIndex((leader) => overlapOf(regions[leader], region) >= least);
    return found >= 0 ? found : leaders.push(i) - 1;
  });
}
