/** Greatest of the colours' significant bits in PNG's sBIT chunk, which stands before the pixels. */
function significantBits(view: DataView, name: (at: number) => string): number | null {
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const [length, chunk] = [view.getUint32(at), name(at + 4)];
    if (chunk === 'sBIT' && length > 0 && at + 8 + length <= view.byteLength) {
      return Math.max(...Array.from({ length: Math.min(3, length) }, (_, i) => view.getUint8(at + 8 + i)));
    }
    if (chunk === 'IDAT') {
      return null;
    }
  }
  return null;
}

/** TIFF's MaxSampleValue, of the first colour. */
function largestSample(view: DataView, isLittle: boolean): number | null {
  const directory = view.getUint32(4, isLittle);
  const entries = view.getUint16(directory, isLittle);
  for (let at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
    if (view.getUint16(at, isLittle) === 281 && view.getUint16(at + 2, isLittle) === 3) {
      const count = view.getUint32(at + 4, isLittle);
      return view.getUint16(count <= 2 ? at + 8 : view.getUint32(at + 8, isLittle), isLittle);
    }
  }
  return null;
}

/**
 * The number that stands for white as a 16-bit PNG or TIFF itself has it, by its significant bits or its largest sample;
 * `null` where it does not say. (By PNG's specification fewer bits are spread over all 16, which shows in the numbers.)
 */
export function statedWhite(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  try {
    if (name(0) === '\x89PNG') {
      const bits = significantBits(view, name);
      return bits === null || bits < 1 || bits > 16 ? null : 2 ** bits - 1;
    }
    const order = name(0);
    return order === 'II*\0' || order === 'MM\0*' ? largestSample(view, order === 'II*\0') || null : null;
  } catch {
    // An offset behind the end: whether the file is sound is for the decoder to say.
    return null;
  }
}
