/** Sets `bytes` bytes, a multiple of 4, to zero. */
export function clear(at: usize, bytes: usize): void {
  const end = at + bytes;
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= end; at += 16) {
      v128.store(at, i32x4.splat(0));
    }
  }
  for (; at < end; at += 4) {
    store<i32>(at, 0);
  }
}
