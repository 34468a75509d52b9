import type { ClassMap } from '../../../src/heatmaps/types.js';
import type { Box } from '../../../src/models/resizeMapping.js';
import { scoreText } from '../../../src/render/numberText.js';
import type { Pooled } from '../messages.js';

/** Place of a region among all of its map, 1 for the strongest; of equal ones the lower index first. */
export function rankOf(map: ClassMap, index: number): number {
  const value = map.data[index];
  let rank = 1;
  map.data.forEach((other, i) => {
    rank += other > value || (other === value && i < index) ? 1 : 0;
  });
  return rank;
}

/** What there is to say about a region. */
export function regionText(map: ClassMap, index: number, cell: Box, pooled: Pooled): string {
  const { top, bottom } = pooled.selected.regions;
  const among = (regions: { index: number }[]) => regions.some((region) => region.index === index);
  const [right, below] = [cell.x + cell.width, cell.y + cell.height].map(Math.round);
  const ends = [
    ...(among(top) ? ['counts for the class'] : []),
    ...(among(bottom) ? ['counts as negative evidence'] : []),
  ];
  return [
    `Evidence ${scoreText(map.data[index])}`,
    `rank ${rankOf(map, index)} of ${map.data.length}`,
    `row ${Math.floor(index / map.columns) + 1}, column ${(index % map.columns) + 1}`,
    `pixels ${Math.round(cell.x)}–${right} × ${Math.round(cell.y)}–${below}`,
    ends.length === 0 ? 'does not count' : ends.join(' and '),
  ].join(' · ');
}
