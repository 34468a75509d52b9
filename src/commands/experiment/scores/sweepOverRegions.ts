import type { ResultRow, Sweep } from '../../report/results.js';
import type { RowOutcome } from './outcome.js';
import type { HeadRow, RowConfig } from '../config.js';

/** Whether a row is WELDON as it stands, as many regions of either end and weighted alike, on the run's features. */
function isPlain(row: RowConfig): row is HeadRow & { pooling: { kMax: number } } {
  return (
    row.kind === 'head' &&
    row.pooling !== 'mean' &&
    (row.maps ?? 1) === 1 &&
    row.size === undefined &&
    row.layer === undefined &&
    row.normalise === undefined &&
    (row.pooling.kMin ?? null) === null &&
    (row.pooling.alpha ?? 1) === 1 &&
    (row.pooling.kMax ?? 3) > 0
  );
}

/** A measure against the share of regions that count, where three rows or more differ in nothing else. */
export function sweepOverRegions(
  measure: string,
  name: string,
  rows: readonly RowConfig[],
  results: readonly ResultRow[],
  outcomes: ReadonlyMap<string, RowOutcome>,
): Sweep[] {
  const points = rows
    .filter(isPlain)
    .flatMap((row) => {
      const figure = results.find(({ id }) => id === row.id)?.figures[measure];
      const grid = outcomes.get(row.id)?.grid;
      const { kMax = 3 } = row.pooling;
      return figure === undefined || grid == null
        ? []
        : [
            {
              x: kMax < 1 ? kMax : Math.min(1, kMax / (grid[0] * grid[1])),
              label: kMax < 1 ? `${Math.round(100 * kMax)} %` : `${kMax}`,
              figure,
            },
          ];
    })
    .sort((a, b) => a.x - b.x);
  return points.length < 3
    ? []
    : [
        {
          title: `${name} against k`,
          x: 'k⁺ = k⁻, share of regions',
          logarithmic: true,
          measure,
          lines: [{ name: 'WELDON', points }],
        },
      ];
}
