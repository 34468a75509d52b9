import type { Measure, Sweep } from '../../report/results.js';
import type { RowOutcome } from './outcome.js';
import type { RowConfig } from '../config.js';

/**
 * What the held-out pictures gave at each learning rate that was tried, row by row, the best number of epochs of each:
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
          title: `${measure.name} of the held-out training pictures against the learning rate`,
          x: 'learning rate',
          logarithmic: true,
          measure: measure.id,
          lines,
        },
      ];
}
