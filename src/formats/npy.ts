import { expectedInWords } from '../errors.js';

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
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${maps.length}, ${rows}, ${columns}), }`;
  // Magic string, version and length take 10 bytes; spaces and a line feed make the whole header a multiple of 64.
  const headerLength = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const file = new Uint8Array(headerLength + maps.length * rows * columns * 4);
  const text = `\x93NUMPY\x01\x00  ${dictionary.padEnd(headerLength - 11)}\n`;
  for (let i = 0; i < headerLength; i++) {
    file[i] = text.charCodeAt(i);
  }
  const view = new DataView(file.buffer);
  view.setUint16(8, headerLength - 10, true);
  let offset = headerLength;
  for (const { data } of maps) {
    for (const value of data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return file;
}
