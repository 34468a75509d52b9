/** Byte offset of vector v in a row: the last one overlaps its neighbour where channels are no multiple of 4. */
@inline
export function offsetOf(vector: i32, channels: i32): usize {
  return <usize>min(vector << 2, channels - 4) << 2;
}
