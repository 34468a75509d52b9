import { expectedInWords, nearestNames } from '../../errors.js';
import type { RowConfig, RunConfig } from './config.js';

/** What the command line says of rows. */
export interface RowFlags {
  /** ids of the rows wanted, and no others; default all */
  rows?: readonly string[];
  /** rows that are marked `full` run too */
  full?: boolean;
}

/** Ids of the rows that a row is made from. */
export const madeFrom = (row: RowConfig): readonly string[] =>
  !('of' in row) ? [] : typeof row.of === 'string' ? [row.of] : row.of;

/** Named rows, and those that they are made from. */
function named({ rows }: RunConfig, ids: readonly string[]): RowConfig[] {
  const known = rows.map(({ id }) => id);
  const strange = ids.find((id) => !known.includes(id));
  if (strange !== undefined) {
    throw expectedInWords('--rows', `ids of rows, of ${known.join(', ')}`, strange + nearestNames(strange, known));
  }
  const wanted = new Set(ids);
  // What a row is made from stands above it, but for Grad-CAM, which may stand anywhere.
  for (const row of [...rows].reverse()) {
    if (wanted.has(row.id)) {
      madeFrom(row).forEach((id) => wanted.add(id));
    }
  }
  return rows.filter(({ id }) => wanted.has(id));
}

/** All rows but those that are marked `full` and what is made from them. */
function short({ title, rows }: RunConfig): RowConfig[] {
  const left = new Set(rows.filter(({ full }) => full === true).map(({ id }) => id));
  for (const row of rows) {
    if (madeFrom(row).some((id) => left.has(id))) {
      left.add(row.id);
    }
  }
  if (left.size === rows.length) {
    throw expectedInWords(
      `the rows of ${title}`,
      'some that run without --full',
      'none: give --full, or name some with --rows',
    );
  }
  return rows.filter(({ id }) => !left.has(id));
}

/**
 * A run of those of its rows that are asked for, with the comparisons between them.
 *
 * @returns the run, and a sentence on rows that only `--full` runs, where some are left out for that
 * @throws WeldonError for an id that no row has, and where no row is left
 */
export function withChosenRows(
  config: RunConfig,
  { rows: ids, full }: RowFlags,
): { config: RunConfig; notice: string | null } {
  const rows = ids !== undefined ? named(config, ids) : full === true ? config.rows : short(config);
  const there = new Set(rows.map(({ id }) => id));
  const left = ids !== undefined ? [] : config.rows.map(({ id }) => id).filter((id) => !there.has(id));
  return {
    config: { ...config, rows, comparisons: config.comparisons.filter((pair) => pair.every((id) => there.has(id))) },
    notice:
      left.length === 0
        ? null
        : left.length === 1
          ? `Row ${left[0]} is left out: --full runs it too`
          : `Rows ${left.slice(0, -1).join(', ')} and ${left[left.length - 1]} are left out: --full runs them too`,
  };
}
