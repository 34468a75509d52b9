import type { ResultRow, Sweep } from '../../report/results.js';
import { rowNames } from '../../report/methodNames.js';
import type { HeadRow, RowConfig } from '../config.js';

/** What rows have in common that differ in size; the number of regions may go with the size, as in the paper. */
const alike = ({ pooling, maps = 1, layer, normalise }: HeadRow) =>
  JSON.stringify([
    pooling === 'mean' ? 'mean' : [pooling.alpha ?? 1, (pooling.kMin ?? null) === 0, pooling.reduction ?? null],
    maps,
    layer,
    normalise,
  ]);

/** What all names say, of the parts that commas divide: `WELDON, k = 3` of `WELDON, k = 3, 224 px` and `…, 448 px`. */
function commonName(names: readonly string[]): string {
  const [first, ...others] = names.map((name) => name.split(', '));
  return first.filter((part, i) => i === 0 || others.every((parts) => parts.includes(part))).join(', ');
}

/** A measure against the size of pictures, for rows of one kind at three sizes or more, one row each. */
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
  return lines.length === 0 ? [] : [{ title: `${name} against scale`, x: 'side of the pictures, px', measure, lines }];
}
