import { checkMap } from '../../heatmaps/types.js';
import type { ClassMap } from '../../heatmaps/types.js';
import type { MapGeometry } from '../../heatmaps/upsampleMap.js';
import { uniformGeometry } from '../../heatmaps/upsampleMap.js';
import type { Point } from './groundTruth.js';

/**
 * The centre of the region with the most evidence: where a class map points. Of equal regions the first in reading order
 * counts; a NaN never does, and a map of nothing else points to its first region.
 *
 * @param where the image's size, if the regions tile it evenly, or where they lie (`mapGeometry`)
 *
 * @example
 * mapPeak({ data: Float32Array.of(0, 3, 1, 2), rows: 2, columns: 2 }, { width: 100, height: 60 }); // { x: 75, y: 15 }
 */
export function mapPeak(map: ClassMap, where: { width: number; height: number } | MapGeometry): Point {
  checkMap(map, 'mapPeak');
  let best = 0;
  map.data.forEach((value, i) => {
    if (value > map.data[best] || (Number.isNaN(map.data[best]) && !Number.isNaN(value))) {
      best = i;
    }
  });
  const { x, y } = 'width' in where ? uniformGeometry(map, where.width, where.height) : where;
  return { x: x.start + x.step * (best % map.columns), y: y.start + y.step * Math.floor(best / map.columns) };
}

/** The class with the highest score among those absent from an image; −1 if all are present. */
export function rivalOf(scores: ArrayLike<number>, start: number, classes: number, labels: readonly number[]): number {
  let best = -1;
  for (let c = 0; c < classes; c++) {
    if (!labels.includes(c) && (best < 0 || scores[start + c] > scores[start + best])) {
      best = c;
    }
  }
  return best;
}
