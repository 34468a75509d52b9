/** Inner products of two tables of float32 rows. */

/**
 * Every row of `a` with every row of `b`, eight sums at a time. Sums of a pair are added in the same order wherever the
 * pair stands, so that equal rows give equal numbers.
 *
 * @param a `[rowsA, length]`
 * @param b `[rowsB, length]`, rowsB a multiple of 2
 * @param length a multiple of 4
 * @param out `[rowsA, rowsB]`
 */
export function products(a: usize, rowsA: i32, b: usize, rowsB: i32, length: i32, out: usize): void {
  const bytes = <usize>length << 2;
  const outBytes = <usize>rowsB << 2;
  let i = 0;
  for (; i + 4 <= rowsA; i += 4, a += bytes << 2, out += outBytes << 2) {
    const a1 = a + bytes, a2 = a1 + bytes, a3 = a2 + bytes;
    for (let j = 0, row = b, to = out; j < rowsB; j += 2, row += bytes << 1, to += 8) {
      if (ASC_FEATURE_SIMD) {
        let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
        let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
        for (let at: usize = 0; at < bytes; at += 16) {
          const x0 = v128.load(row + at), x1 = v128.load(row + bytes + at);
          const y0 = v128.load(a + at), y1 = v128.load(a1 + at);
          s00 = f32x4.add(s00, f32x4.mul(y0, x0));
          s01 = f32x4.add(s01, f32x4.mul(y0, x1));
          s10 = f32x4.add(s10, f32x4.mul(y1, x0));
          s11 = f32x4.add(s11, f32x4.mul(y1, x1));
          const y2 = v128.load(a2 + at), y3 = v128.load(a3 + at);
          s20 = f32x4.add(s20, f32x4.mul(y2, x0));
          s21 = f32x4.add(s21, f32x4.mul(y2, x1));
          s30 = f32x4.add(s30, f32x4.mul(y3, x0));
          s31 = f32x4.add(s31, f32x4.mul(y3, x1));
        }
        store<f32>(to, total(s00));
        store<f32>(to + 4, total(s01));
        store<f32>(to + outBytes, total(s10));
        store<f32>(to + outBytes + 4, total(s11));
        store<f32>(to + (outBytes << 1), total(s20));
        store<f32>(to + (outBytes << 1) + 4, total(s21));
        store<f32>(to + outBytes * 3, total(s30));
        store<f32>(to + outBytes * 3 + 4, total(s31));
      } else {
        for (let k: usize = 0; k < 4; k++) {
          for (let l: usize = 0; l < 2; l++) {
            let sum: f32 = 0;
            for (let at: usize = 0; at < bytes; at += 4) {
              sum += load<f32>(a + k * bytes + at) * load<f32>(row + l * bytes + at);
            }
            store<f32>(to + k * outBytes + (l << 2), sum);
          }
        }
      }
    }
  }
  for (; i < rowsA; i++, a += bytes, out += outBytes) {
    for (let j = 0, row = b, to = out; j < rowsB; j += 2, row += bytes << 1, to += 8) {
      pair(a, row, bytes, to);
    }
  }
}

/** One row of `a` with two of `b`, summed as above. */
function pair(a: usize, row: usize, bytes: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const y = v128.load(a + at);
      s0 = f32x4.add(s0, f32x4.mul(y, v128.load(row + at)));
      s1 = f32x4.add(s1, f32x4.mul(y, v128.load(row + bytes + at)));
    }
    store<f32>(to, total(s0));
    store<f32>(to + 4, total(s1));
  } else {
    let s0: f32 = 0, s1: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      s0 += load<f32>(a + at) * load<f32>(row + at);
      s1 += load<f32>(a + at) * load<f32>(row + bytes + at);
    }
    store<f32>(to, s0);
    store<f32>(to + 4, s1);
  }
}

function total(sums: v128): f32 {
  return (
    f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}
