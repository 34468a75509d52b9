/** IEEE 754 half precision and bfloat16, for weights: no arithmetic, only storage. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The nearest half-precision number's bits, ties to even; beyond ±65504 ±Infinity, as IEEE rounds. */
export function float16Bits(value: number): number {
  float[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = bits[0] & 0x7fffffff;
  if (magnitude >= 0x7f800000) {
    return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  }
  const exponent = (magnitude >>> 23) - 112;
  const mantissa = magnitude & 0x7fffff;
  // Normal numbers lose 13 bits; below 2^-14 the hidden bit is written out and more are lost.
  const shift = exponent > 0 ? 13 : 14 - exponent;
  if (shift > 24) {
    return sign;
  }
  const full = exponent > 0 ? (exponent << 23) | mantissa : mantissa | 0x800000;
  const kept = Math.floor(full / 2 ** shift);
  const rest = full - kept * 2 ** shift;
  const half = 2 ** (shift - 1);
  const rounded = rest > half || (rest === half && kept % 2 === 1) ? kept + 1 : kept;
  return sign | Math.min(rounded, 0x7c00);
}

/** The value of half-precision bits. */
export function float16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) {
    return mantissa === 0 ? sign * Infinity : NaN;
  }
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

/** The value of bfloat16 bits: the upper half of a float32. */
export function bfloat16Value(half: number): number {
  bits[0] = half << 16;
  return float[0];
}
