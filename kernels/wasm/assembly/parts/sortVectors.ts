/** Puts two vectors in order, lane by lane. */
@inline
function order(low: usize, high: usize): void {
  if (ASC_FEATURE_SIMD) {
    const a = v128.load(low), b = v128.load(high);
    v128.store(low, f32x4.pmin(a, b));
    v128.store(high, f32x4.pmax(b, a));
  } else {
    for (let lane = 0; lane < 4; lane++, low += 4, high += 4) {
      const a = load<f32>(low), b = load<f32>(high);
      store<f32>(low, b < a ? b : a);
      store<f32>(high, b < a ? a : b);
    }
  }
}

/** Sorts `size` (a power of two) vectors lane by lane, ascending: Batcher's bitonic network. */
export function sortVectors(at: usize, size: i32): void {
  const bytes = <usize>size << 4;
  const end = at + bytes;
  for (let run: usize = 32; run <= bytes; run <<= 1) {
    for (let block = at; block < end; block += run) {
      for (let low = block, high = block + run - 16; low < high; low += 16, high -= 16) {
        order(low, high);
      }
    }
    for (let gap = run >> 2; gap >= 16; gap >>= 1) {
      for (let block = at; block < end; block += gap << 1) {
        for (let low = block; low < block + gap; low += 16) {
          order(low, low + gap);
        }
      }
    }
  }
}
