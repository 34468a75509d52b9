/** Writes small pickles by hand: opcodes and their arguments as Python's pickletools describes them. */

type Part = number | string | Uint8Array;

/** Numbers are bytes, strings their ASCII characters. */
export function pickleBytes(...parts: Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'number' ? [part] : typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part],
    ),
  );
}

/** BINUNICODE: a string. */
export function unicode(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return pickleBytes('X', bytes.length & 255, bytes.length >> 8, 0, 0, bytes);
}

/** PROTO 2, and the STOP at the end. */
export function pickle(...parts: Part[]): Uint8Array {
  return pickleBytes(0x80, 2, ...parts, '.');
}

/** A file in PyTorch's older format whose object is the given pickle. */
export function legacyFile(
  root: Uint8Array,
  keys: Uint8Array = pickle(']'),
  values: Uint8Array = pickleBytes(),
): Uint8Array {
  const magic = pickle(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  const platform = pickle('}', unicode('little_endian'), 0x88, 's');
  return pickleBytes(magic, pickle('M', 0xe9, 3), platform, root, keys, values);
}
