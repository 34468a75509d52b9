/** The inner loop of both matrix products: a tile of sums that stays in registers. */
export const tileRows: i32 = 4;
export const tileColumns: i32 = ASC_FEATURE_SIMD ? 8 : 2;

/** Adds `sum` to the first `present` of four floats. */
@inline
function addLanes(to: usize, sum: v128, present: i32): void {
  if (present >= 4) {
    v128.store(to, f32x4.add(v128.load(to), sum));
    return;
  }
  if (present > 0) store<f32>(to, load<f32>(to) + f32x4.extract_lane(sum, 0));
  if (present > 1) store<f32>(to, load<f32>(to, 4) + f32x4.extract_lane(sum, 1), 4);
  if (present > 2) store<f32>(to, load<f32>(to, 8) + f32x4.extract_lane(sum, 2), 8);
}

/**
 * to[r, c] += Σ over k < depth of a[k, r] · b[k, c] for r < rows <= tileRows and c < columns <= tileColumns.
 * The panels a `[depth, tileRows]` and b `[depth, tileColumns]` are packed, rows of `to` are `rowBytes` apart.
 */
export function addTile(a: usize, b: usize, to: usize, depth: i32, rows: i32, columns: i32, rowBytes: usize): void {
  const end = a + (<usize>depth << 4);
  if (ASC_FEATURE_SIMD) {
    let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    for (; a < end; a += 16, b += 32) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let v = v128.load32_splat(a);
      s00 = f32x4.add(s00, f32x4.mul(v, b0));
      s01 = f32x4.add(s01, f32x4.mul(v, b1));
      v = v128.load32_splat(a, 4);
      s10 = f32x4.add(s10, f32x4.mul(v, b0));
      s11 = f32x4.add(s11, f32x4.mul(v, b1));
      v = v128.load32_splat(a, 8);
      s20 = f32x4.add(s20, f32x4.mul(v, b0));
      s21 = f32x4.add(s21, f32x4.mul(v, b1));
      v = v128.load32_splat(a, 12);
      s30 = f32x4.add(s30, f32x4.mul(v, b0));
      s31 = f32x4.add(s31, f32x4.mul(v, b1));
    }
    for (let r = 0; r < rows; r++, to += rowBytes) {
      addLanes(to, s00, columns);
      addLanes(to + 16, s01, columns - 4);
      s00 = s10; s01 = s11; s10 = s20; s11 = s21; s20 = s30; s21 = s31;
    }
  } else {
    let s00: f32 = 0, s01: f32 = 0, s10: f32 = 0, s11: f32 = 0, s20: f32 = 0, s21: f32 = 0, s30: f32 = 0, s31: f32 = 0;
    for (; a < end; a += 16, b += 8) {
      const b0 = load<f32>(b);
      const b1 = load<f32>(b, 4);
      let v = load<f32>(a);
      s00 += v * b0;
      s01 += v * b1;
      v = load<f32>(a, 4);
      s10 += v * b0;
      s11 += v * b1;
      v = load<f32>(a, 8);
      s20 += v * b0;
      s21 += v * b1;
      v = load<f32>(a, 12);
      s30 += v * b0;
      s31 += v * b1;
    }
    for (let r = 0; r < rows; r++, to += rowBytes) {
      store<f32>(to, load<f32>(to) + s00);
      if (columns > 1) store<f32>(to, load<f32>(to, 4) + s01, 4);
      s00 = s10; s01 = s11; s10 = s20; s11 = s21; s20 = s30; s21 = s31;
    }
  }
}
