import type { ResultRow } from './results.js';

/**
 * Rows' names by their ids, no two alike: where several have one name, as a frozen and a fine-tuned GAP may, their
 * strategy is said too, and where that does not tell them apart their id. Rows of others, published or of a reference
 * run, keep their names.
 */
export function rowNames(
  rows: readonly Pick<ResultRow, 'id' | 'name' | 'strategy' | 'published'>[],
): Map<string, string> {
  const own = rows.filter(({ published }) => published === undefined);
  return new Map(
    rows.map((row) => {
      const { id, name, strategy, published } = row;
      const alike = published === undefined ? own.filter((other) => other !== row && other.name === name) : [];
      if (alike.length === 0) {
        return [id, name];
      }
      return [id, `${name} (${alike.some((other) => other.strategy === strategy) ? `${strategy}, ${id}` : strategy})`];
    }),
  );
}
