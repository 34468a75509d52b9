import { expected, expectedInWords } from '../errors.js';

/** Refuses a class map whose numbers do not fit its shape. */
export function checkMap(map: ClassMap, owner: string): void {
  const { data, rows, columns } = map;
  if (!Number.isInteger(rows) || rows < 1 || !Number.isInteger(columns) || columns < 1) {
    throw expected(`the class map of ${owner}`, 'at least 1 row and 1 column', [rows, columns]);
  }
  if (data.length !== rows * columns) {
    throw expectedInWords(
      `data of the class map of ${owner}`,
      `${rows} × ${columns} = ${rows * columns} numbers`,
      `${data.length}`,
    );
  }
}

/** Refuses pixels that are not RGBA of the stated size. */
export function checkPixels(pixels: Pixels, owner: string): void {
  const { data, width, height } = pixels;
  checkSize(width, `the width of the image of ${owner}`);
  checkSize(height, `the height of the image of ${owner}`);
  if (data.length !== width * height * 4) {
    throw expectedInWords(
      `data of the image of ${owner}`,
      `${width} × ${height} × 4 RGBA bytes`,
      `${data.length} bytes`,
    );
  }
}

/** Refuses a side that is not a whole number of pixels. */
export function checkSize(value: number, name: string): void {
  if (!Number.isInteger(value) || value < 1) {
    throw expected(name, 'a whole number of pixels >= 1', value);
  }
}

/** A class map read out for one class of one image: raw, signed evidence, never clipped or normalised. */
export interface ClassMap {
  /** float32, row-major `[rows, columns]` */
  data: Float32Array;
  rows: number;
  columns: number;
}

/** One selected region of a class map. */
export interface Region {
  /** flat row-major index into the map */
  index: number;
  row: number;
  column: number;
  /** raw evidence at that place */
  value: number;
}

/** The regions that made a class's score, strongest first at each end. */
export interface ClassRegions {
  top: Region[];
  bottom: Region[];
}

/** RGBA pixels, 8 bits a channel, row-major: what a canvas' ImageData or sharp's raw input holds. */
export interface Pixels {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}
