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

/** Many values at once: the bits of each, as {@link float16Bits} gives them, in a third of the time and less. */
export function storeFloat16(values: Float32Array, half: Uint16Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const magnitude = word & 0x7fffffff;
    // From 2^-14 to below what rounds to 2^16: 13 bits less, to the nearest, ties to even, exponent less 112.
    half[i] =
      magnitude >= 0x38800000 && magnitude < 0x477ff000
        ? ((word >>> 16) & 0x8000) | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13)
        : float16Bits(values[i]);
  }
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

const float16Table = new Float32Array(1 << 16);
let tableFilled = false;

/**
 * The values of many half-precision bits, by table: a cache is read far more often than written.
 *
 * @param into as long as `half`
 */
export function readFloat16(half: Uint16Array, into = new Float32Array(half.length)): Float32Array {
  if (!tableFilled) {
    float16Table.forEach((_, bits) => {
      float16Table[bits] = float16Value(bits);
    });
    tableFilled = true;
  }
  for (let i = 0; i < half.length; i++) {
    into[i] = float16Table[half[i]];
  }
  return into;
}

/** The value of bfloat16 bits: the upper half of a float32. */
export function bfloat16Value(half: number): number {
  bits[0] = half << 16;
  return float[0];
}
