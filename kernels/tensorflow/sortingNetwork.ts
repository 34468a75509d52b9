/**
 * The few largest and smallest rows of a matrix, column by column, by comparing whole rows: `Maximum` and `Minimum`
 * of halves, which TensorFlow runs with vector instructions, where a selection branches on every element.
 *
 * Groups of rows are kept as sorted lists. Merging two groups' lists A and B of which `length` elements are wanted
 * takes the better of A[i] and B[length − 1 − i], which are the wanted ones in an order that first falls and then
 * rises; a bitonic merge sorts them (K. E. Batcher, "Sorting networks and their applications", AFIPS 1968).
 *
 * A NaN passes to both sides of a comparison, so a column that holds one ends in at least one NaN at either end.
 */
import type { End } from './maps.js';

/** What the network does with matrices `Rows`: tensors, or just their heights when the work is to be foreseen. */
export interface RowOps<Rows> {
  binary(name: 'Maximum' | 'Minimum', a: Rows, b: Rows): Rows;
  split(rows: Rows, lengths: number[], axis: 0): Rows[];
  /** Frees what `run` makes and does not return: all intermediate matrices together are many times the first. */
  scope<Result>(run: () => Result): Result;
}

/** One matrix per place, best first; its rows belong to one group each. */
type SortedList<Rows> = Rows[];

/** Half as many groups as before, and the odd one out, if there was one. */
interface Level<Rows> {
  list: SortedList<Rows>;
  rest: SortedList<Rows>[];
}

/**
 * @param rows a matrix of `height` rows
 * @param counts how many are wanted of each end, at most `height`
 * @returns per end the wanted values, best first, each a matrix of one row
 */
export function extremeRows<Rows>(
  ops: RowOps<Rows>,
  rows: Rows,
  height: number,
  counts: Record<End, number>,
): Record<End, SortedList<Rows>> {
  let groups = height;
  let list: SortedList<Rows> = [rows];
  const left: SortedList<Rows>[] = [];
  // What both ends want is sorted once, largest first, until a list can be cut.
  while (groups > 1 && 2 * list.length <= Math.min(counts.top, counts.bottom)) {
    const level = mergeHalves(ops, 'top', list, groups, 2 * list.length);
    left.push(...level.rest);
    list = level.list;
    groups >>= 1;
  }
  const extreme = (end: End): SortedList<Rows> => {
    const ordered = (each: SortedList<Rows>) => (end === 'top' ? each : [...each].reverse());
    return counts[end] === 0
      ? []
      : ops.scope(() => reduceGroups(ops, end, ordered(list), groups, left.map(ordered), counts[end]));
  };
  return { top: extreme('top'), bottom: extreme('bottom') };
}

function reduceGroups<Rows>(
  ops: RowOps<Rows>,
  end: End,
  list: SortedList<Rows>,
  groups: number,
  left: SortedList<Rows>[],
  count: number,
): SortedList<Rows> {
  let current = list;
  const others = [...left];
  for (let remaining = groups; remaining > 1; remaining >>= 1) {
    const level = mergeHalves(ops, end, current, remaining, count);
    others.push(...level.rest);
    current = level.list;
  }
  return others.reduce((all, other) => merge(ops, end, all, other, count), current).slice(0, count);
}

function mergeHalves<Rows>(
  ops: RowOps<Rows>,
  end: End,
  list: SortedList<Rows>,
  groups: number,
  most: number,
): Level<Rows> {
  return ops.scope(() => {
    const half = groups >> 1;
    const parts = list.map((place) => ops.split(place, groups % 2 === 0 ? [half, half] : [half, half, 1], 0));
    const pick = (part: number) => parts.map((each) => each[part]);
    return { list: merge(ops, end, pick(0), pick(1), most), rest: groups % 2 === 0 ? [] : [pick(2)] };
  });
}

function merge<Rows>(
  ops: RowOps<Rows>,
  end: End,
  a: SortedList<Rows>,
  b: SortedList<Rows>,
  most: number,
): SortedList<Rows> {
  const better = end === 'top' ? 'Maximum' : 'Minimum';
  const length = Math.min(most, a.length + b.length);
  const wanted: SortedList<Rows> = [];
  for (let i = 0; i < length; i++) {
    const j = length - 1 - i;
    if (i < a.length && j < b.length) {
      wanted.push(ops.binary(better, a[i], b[j]));
    } else {
      wanted.push(i < a.length ? a[i] : b[j]);
    }
  }
  // For lengths that are no power of 2 a falling-rising order can only be sorted worst first.
  bitonicMerge(ops, end === 'top' ? 'bottom' : 'top', wanted, 0, length);
  return wanted.reverse();
}

/** Sorts `length` rows from `start` on, best of `end` first. */
function bitonicMerge<Rows>(ops: RowOps<Rows>, end: End, rows: SortedList<Rows>, start: number, length: number): void {
  if (length < 2) {
    return;
  }
  const half = 2 ** (Math.ceil(Math.log2(length)) - 1);
  const [better, worse] = end === 'top' ? (['Maximum', 'Minimum'] as const) : (['Minimum', 'Maximum'] as const);
  for (let i = start; i < start + length - half; i++) {
    const [first, second] = [rows[i], rows[i + half]];
    rows[i] = ops.binary(better, first, second);
    rows[i + half] = ops.binary(worse, first, second);
  }
  bitonicMerge(ops, end, rows, start, half);
  bitonicMerge(ops, end, rows, start + half, length - half);
}

/** The work of `extremeRows`: rows compared and operations called. */
export function networkWork(height: number, counts: Record<End, number>): { rows: number; calls: number } {
  const work = { rows: 0, calls: 0 };
  extremeRows<number>(
    {
      binary: (_name, a) => {
        work.calls++;
        work.rows += a;
        return a;
      },
      split: (_rows, lengths) => {
        work.calls++;
        return lengths;
      },
      scope: (run) => run(),
    },
    height,
    height,
    counts,
  );
  return work;
}
