/**
 * What the forward pass keeps for the way back, `[4, channels]` for each map:
 *
 *   row 0  threshold of the top, float32: everything above it was selected
 *   row 1  int32, how many values equal to it were selected too, those of the lowest region indices; ALL where there
 *          are no others, which is the rule and spares the way back the counting
 *   row 2  threshold of the bottom: everything below it was selected
 *   row 3  as row 1
 */

/** Every value equal to the threshold is selected. */
export const ALL = i32.MAX_VALUE;

/** Threshold of an end without regions: nothing compares with it. */
export const NOTHING: f32 = NaN;

/**
 * A map that holds a NaN scores NaN, and any gradient (by then NaN too) reaches all of it: loudly wrong, not quietly
 * zero. Leaves maps without NaN as they are; tells which it was.
 */
export function storeNaN(
  x: usize, regions: i32, step: usize, score: usize, selection: usize, rowBytes: usize,
): bool {
  for (const end = x + <usize>regions * step; x < end; x += step) {
    const value = load<f32>(x);
    if (value !== value) {
      store<f32>(score, NaN);
      store<f32>(selection, -Infinity);
      store<i32>(selection + rowBytes, ALL);
      store<f32>(selection + (rowBytes << 1), Infinity);
      store<i32>(selection + (rowBytes << 1) + rowBytes, ALL);
      return true;
    }
  }
  return false;
}
