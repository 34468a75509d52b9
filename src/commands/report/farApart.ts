import type { Figure } from './results.js';

/**
 * Whether seeds lie further apart than the interval is wide. Then the interval, which tells of the choice of test
 * pictures alone, says little of what another training would give: one seed that learnt nothing hides in the mean.
 * Splits measure other pictures each, which alone may set n of them √n times as far apart.
 *
 * @param splits random splits that `each` is of; 1: it is of the seeds of one
 */
export function farApart({ low, high, each = [] }: Figure, splits = 1): boolean {
  return (
    low !== null &&
    high !== null &&
    each.length > 1 &&
    Math.max(...each) - Math.min(...each) > Math.sqrt(splits) * (high - low)
  );
}
