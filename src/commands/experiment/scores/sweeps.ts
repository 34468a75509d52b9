import type { Measure, ResultRow, Sweep } from '../../report/results.js';
import { rowNames } from '../../report/format.js';
import { isGap, poolingOf } from '../../../pooling/presets.js';
import type { HeadRow, RowConfig } from '../config.js';
import type { RowOutcome } from './outcome.js';

/** Whether a row is WELDON as it stands, as many regions of either end and weighted alike, on the run's features. */
function isPlain(row: RowConfig): row is HeadRow {
  if (row.kind !== 'head') {
    return false;
  }
  const { kMax = 3, kMin = null, alpha = 1 } = poolingOf(row.pooling, row.id);
  return (
    (row.maps ?? 1) === 1 &&
    row.size === undefined &&
    row.layer === undefined &&
    row.normalise === undefined &&
    kMin === null &&
    alpha === 1 &&
    kMax > 0
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
      const { kMax = 3 } = poolingOf(row.pooling, row.id);
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

/**
 * What the held-out images gave at each learning rate that was tried, row by row, the best number of epochs of each:
 * what choices were made by.
 */
export function sweepOverRates(
  measure: Measure,
  rows: readonly RowConfig[],
  outcomes: ReadonlyMap<string, RowOutcome>,
): Sweep[] {
  const lines = rows.flatMap((row) => {
    const tried = row.kind === 'gradCam' ? [] : (outcomes.get(row.id)?.choice?.tried ?? []);
    const rates = [...new Set(tried.flatMap(({ rate }) => (rate === undefined ? [] : [rate])))].sort((a, b) => a - b);
    const points = rates.flatMap((x) => {
      const values = tried.flatMap(({ rate, heldOut }) =>
        rate === x && heldOut !== null && !Number.isNaN(heldOut) ? [heldOut] : [],
      );
      return values.length === 0 ? [] : [{ x, figure: { value: Math.max(...values), low: null, high: null } }];
    });
    return points.length < 2 ? [] : [{ name: row.name, row: row.id, points }];
  });
  return lines.length === 0
    ? []
    : [
        {
          title: `${measure.name} of the held-out training images against the learning rate`,
          x: 'learning rate',
          logarithmic: true,
          measure: measure.id,
          lines,
        },
      ];
}

/** What rows have in common that differ in size; the number of regions may go with the size, as in the paper. */
const alike = ({ id, pooling, maps = 1, layer, normalise }: HeadRow) => {
  const { kMin = null, alpha = 1, reduction = null } = poolingOf(pooling, id);
  return JSON.stringify([isGap(pooling) ? 'gap' : [alpha, kMin === 0, reduction], maps, layer, normalise]);
};

/** What all names say, of the parts that commas divide: `WELDON, k = 3` of `WELDON, k = 3, 224 px` and `…, 448 px`. */
function commonName(names: readonly string[]): string {
  const [first, ...others] = names.map((name) => name.split(', '));
  return first.filter((part, i) => i === 0 || others.every((parts) => parts.includes(part))).join(', ');
}

/** A measure against the size of images, for rows of one kind at three sizes or more, one row each. */
export function sweepOverSizes(
  measure: string,
  name: string,
  rows: readonly RowConfig[],
  results: readonly ResultRow[],
): Sweep[] {
  const groups = new Map<string, HeadRow[]>();
  rows.forEach((row) => {
    if (row.kind === 'head' && row.size !== undefined) {
      groups.set(alike(row), [...(groups.get(alike(row)) ?? []), row]);
    }
  });
  const found = [...groups.values()].flatMap((group) => {
    const points = group
      .flatMap(({ id, size }) => {
        const figure = results.find((row) => row.id === id)?.figures[measure];
        return figure === undefined ? [] : [{ x: size as number, figure }];
      })
      .sort((a, b) => a.x - b.x);
    return points.length < 3 || new Set(points.map(({ x }) => x)).size < points.length
      ? []
      : [{ id: group[0].id, name: commonName(group.map((row) => row.name)), strategy: 'features', points }];
  });
  const names = rowNames(found);
  const lines = found.map(({ id, points }) => ({ name: names.get(id)!, points }));
  return lines.length === 0 ? [] : [{ title: `${name} against scale`, x: 'side of the images, px', measure, lines }];
}
