import { collect, countAbove, keep, sumAbove } from './packing';
import { sampled } from './sample';
import { ALL, NOTHING } from './selection';

/** Sampled pivots before it is taken that something is wrong with the values, and bits are bisected instead. */
const PATIENCE = 12;

/** An integer that orders as floats do, and back. */
@inline
function keyOf(value: f32): i32 {
  const bits = reinterpret<i32>(value);
  return bits ^ bits >> 31 & 0x7fffffff;
}

@inline
function valueOf(key: i32): f32 {
  return reinterpret<f32>(key ^ key >> 31 & 0x7fffffff);
}

/**
 * Finds the `count` highest values of a column without NaN or, with `flip` = sign bit, the lowest: the threshold and
 * the number of ties go to `selection`, the sum is the result.
 *
 * Selection by sampled pivots (after R. W. Floyd and R. L. Rivest, "Expected time bounds for selection", CACM 1975):
 * 1. the sample says below which value the threshold surely is; what is above it is copied into a run, hardly more
 *    than `count` values, and the column is done with;
 * 2. the run is cut down at further pivots, from the sample while it has any between the bounds, else a median of
 *    three; what is surely selected is added up and dropped;
 * 3. values that make a fool of that many pivots are bisected by their bits, so that the passes stay bounded.
 *
 * @param column a run of `regions` floats
 * @param few a run of `members` of them, which hold all that are beyond the bracket's worse end; or the column again
 * @param positions where in the sample to look, see `bracket`
 * @param sample one lane of a sorted sample of all regions, vectors 16 bytes apart
 * @param run room for `regions` floats and a vector
 */
export function selectEnd(
  column: usize, regions: i32, few: usize, members: i32, count: i32, positions: i64, flip: i32, sample: usize, size: i32,
  run: usize, table: usize, selection: usize, rowBytes: usize,
): f64 {
  if (count === 0) {
    store<f32>(selection, NOTHING);
    store<i32>(selection + rowBytes, ALL);
    return 0;
  }
  // Positions in the sample between which the threshold is: above `worse`, below `better`.
  let worse = <i32>(positions >> 32), better = -1, next = <i32>positions;
  const margin = worse - next >> 1;
  while (true) {
    members = collect(few, members, run, worse < size ? sampled(sample, size, worse, flip) : -Infinity, flip, table);
    if (members >= count) {
      break;
    }
    worse += margin;
    few = column;
    members = regions;
  }
  worse = min(worse, size);
  if (next < 0) {
    next = worse - 1 >> 1;
  }

  // Keys between which the threshold is: at or above `low` until that moves, then above it, and always below `high`.
  let low = keyOf(-Infinity), high = keyOf(Infinity) + 1;
  let wanted = count;
  let sum: f64 = 0;
  let tries = 0;
  while (true) {
    let pivot: f32;
    if (worse - better > 1) {
      pivot = sampled(sample, size, next, flip);
    } else if (tries++ < PATIENCE) {
      const a = load<f32>(run), b = load<f32>(run + (<usize>(members >> 1) << 2));
      const c = load<f32>(run + (<usize>(members - 1) << 2));
      pivot = max(min(a, b), min(max(a, b), c));
    } else {
      pivot = valueOf(low + <i32>(<u32>(high - low) >> 1));
    }
    const counts = countAbove(run, members, pivot);
    const beyond = <i32>(counts >> 32), level = <i32>counts;
    const drops = beyond < wanted, held = members;
    if (drops) {
      sum += sumAbove(run, members, pivot);
      wanted -= beyond;
      if (level >= wanted) {
        store<f32>(selection, flip ? -pivot : pivot);
        store<i32>(selection + rowBytes, level === wanted ? ALL : wanted);
        sum += <f64>wanted * <f64>pivot;
        return flip ? -sum : sum;
      }
      // Not 0 · Infinity.
      sum += level > 0 ? <f64>level * <f64>pivot : 0;
      wanted -= level;
      members -= beyond + level;
      high = keyOf(pivot);
      better = next;
    } else {
      members = beyond;
      low = keyOf(pivot);
      worse = next;
    }
    keep(run, held, pivot, drops ? i32.MIN_VALUE : 0, table);
    next = worse + better >> 1;
  }
}
