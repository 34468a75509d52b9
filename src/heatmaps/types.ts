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
