import type { Figure } from './results.js';

/**
 * Whether seeds, or splits, lie further apart than the interval is wide. Then the interval, which tells of the choice
 * of test pictures alone, says little of what another training would give: one seed that learnt nothing hides in the
 * mean.
 */
export function farApart({ low, high, each = [] }: Figure): boolean {
  return low !== null && high !== null && each.length > 1 && Math.max(...each) - Math.min(...each) > high - low;
}
