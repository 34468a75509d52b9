import { expectedInWords } from '../errors.js';

/**
 * The beginning of a NumPy array file (`.npy`, format version 1.0); the numbers follow, little-endian, in C order.
 *
 * @param type NumPy's name for it: `'<f4'` float32, `'<f2'` half precision
 */
export function npyHead(shape: readonly number[], type: '<f4' | '<f2' = '<f4'): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  // Magic string, version and length take 10 bytes; spaces and a line feed make the whole header a multiple of 64.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const text = `\x93NUMPY\x01\x00  ${dictionary.padEnd(length - 11)}\n`;
  const head = Uint8Array.from(text, (character) => character.charCodeAt(0));
  new DataView(head.buffer).setUint16(8, length - 10, true);
  return head;
}

/** An array of one map. */
interface MapValues {
  data: Float32Array;
  rows: number;
  columns: number;
}

/**
 * Class maps of one size as a NumPy array file (`.npy`, format version 1.0): float32, little-endian, C order,
 * shape `[classes, rows, columns]`. `numpy.load` reads it as it is.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws WeldonError for maps of different sizes
 */
export function npyFile(maps: readonly MapValues[]): Uint8Array {
  const { rows, columns } = maps[0];
  for (const map of maps) {
    if (map.rows !== rows || map.columns !== columns) {
      throw expectedInWords(
        'the class maps of one .npy file',
        `of one size, ${rows} × ${columns},`,
        `one of ${map.rows} × ${map.columns}`,
      );
    }
  }
  const head = npyHead([maps.length, rows, columns]);
  const file = new Uint8Array(head.length + maps.length * rows * columns * 4);
  file.set(head);
  const view = new DataView(file.buffer);
  let offset = head.length;
  for (const { data } of maps) {
    for (const value of data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return file;
}
