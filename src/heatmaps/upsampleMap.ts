import { checkKeys, expected } from '../errors.js';
import { checkMap, checkSize } from './types.js';
import type { ClassMap } from './types.js';

/**
 * Where the regions of one axis lie: the centre of region i is at `start + i · step` pixels, in continuous
 * coordinates (pixel p covers [p, p + 1), its own centre is p + 0.5).
 */
export interface AxisGeometry {
  start: number;
  step: number;
}

/** Where the regions of a map lie in the image: `x` for columns, `y` for rows. */
export interface MapGeometry {
  x: AxisGeometry;
  y: AxisGeometry;
}

export type UpsampleMethod = 'bilinear' | 'bicubic';

export interface UpsampleOptions {
  /** Size of the image in pixels. */
  width: number;
  height: number;
  /** Default `'bilinear'`, which never leaves the range of the map; `'bicubic'` is smoother and may overshoot it. */
  method?: UpsampleMethod;
  /** Where the regions lie in the image. Default: they tile it evenly, see `uniformGeometry`. */
  geometry?: MapGeometry;
}

/** Regions that tile an image of `width` × `height` pixels evenly: the centre of column i is (i + 0.5) · width / columns. */
export function uniformGeometry(map: { rows: number; columns: number }, width: number, height: number): MapGeometry {
  const axis = (size: number, regions: number) => ({ start: (0.5 * size) / regions, step: size / regions });
  return { x: axis(width, map.columns), y: axis(height, map.rows) };
}

/** The same places in an image that is `scaleX` times as wide and `scaleY` times as high. */
export function scaleGeometry(geometry: MapGeometry, scaleX: number, scaleY: number): MapGeometry {
  const scale = ({ start, step }: AxisGeometry, by: number) => ({ start: start * by, step: step * by });
  return { x: scale(geometry.x, scaleX), y: scale(geometry.y, scaleY) };
}

/** For every pixel of an axis, the regions it is mixed from: `taps` indices and weights each. */
interface AxisTaps {
  taps: number;
  indices: Int32Array;
  weights: Float32Array;
}

/** Keys' cubic convolution with a = −1/2 (Catmull–Rom): passes through the centres, exact for parabolas. */
function cubicWeights(f: number): number[] {
  return [
    ((-0.5 * f + 1) * f - 0.5) * f,
    (1.5 * f - 2.5) * f * f + 1,
    ((-1.5 * f + 2) * f + 0.5) * f,
    (0.5 * f - 0.5) * f * f,
  ];
}

function axisTaps(size: number, regions: number, axis: AxisGeometry, method: UpsampleMethod): AxisTaps {
  const taps = method === 'bicubic' ? 4 : 2;
  const indices = new Int32Array(size * taps);
  const weights = new Float32Array(size * taps);
  for (let pixel = 0; pixel < size; pixel++) {
    const place = (pixel + 0.5 - axis.start) / axis.step;
    const below = Math.floor(place);
    const f = place - below;
    const pixelWeights = method === 'bicubic' ? cubicWeights(f) : [1 - f, f];
    const first = method === 'bicubic' ? below - 1 : below;
    for (let tap = 0; tap < taps; tap++) {
      indices[pixel * taps + tap] = Math.min(Math.max(first + tap, 0), regions - 1);
      weights[pixel * taps + tap] = pixelWeights[tap];
    }
  }
  return { taps, indices, weights };
}

function checkAxis(axis: AxisGeometry, name: string): void {
  if (!Number.isFinite(axis.start) || !(Number.isFinite(axis.step) && axis.step > 0)) {
    throw expected(`geometry.${name} for upsampleMap`, 'a finite start and a finite step > 0, in pixels', axis);
  }
}

/**
 * The rows of an up-sampled map from top to bottom, for those who need no more than one at a time; see `upsampleMap`.
 *
 * @param onRow gets the row's number and its values, which the next row overwrites
 */
export function forEachUpsampledRow(
  map: ClassMap,
  options: UpsampleOptions,
  onRow: (row: number, values: Float32Array) => void,
): void {
  const { width, height, method = 'bilinear', geometry = uniformGeometry(map, width, height) } = options;
  checkMap(map, 'upsampleMap');
  checkSize(width, 'width for upsampleMap');
  checkSize(height, 'height for upsampleMap');
  checkAxis(geometry.x, 'x');
  checkAxis(geometry.y, 'y');
  if (method !== 'bilinear' && method !== 'bicubic') {
    throw expected('method for upsampleMap', "'bilinear' or 'bicubic'", method);
  }
  const x = axisTaps(width, map.columns, geometry.x, method);
  const y = axisTaps(height, map.rows, geometry.y, method);

  // Along the rows first: they are few, so the wide image is crossed only once.
  const wide = new Float32Array(map.rows * width);
  for (let row = 0; row < map.rows; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let tap = column * x.taps; tap < (column + 1) * x.taps; tap++) {
        if (x.weights[tap] !== 0) {
          sum += x.weights[tap] * map.data[row * map.columns + x.indices[tap]];
        }
      }
      wide[row * width + column] = sum;
    }
  }
  const values = new Float32Array(width);
  for (let row = 0; row < height; row++) {
    const first = row * y.taps;
    const weights = y.weights.subarray(first, first + y.taps);
    if (y.taps === 4 && weights.every((weight) => weight !== 0)) {
      // the usual case of bicubic: four rows in one go
      const [w0, w1, w2, w3] = weights;
      const a = y.indices[first] * width;
      const b = y.indices[first + 1] * width;
      const c = y.indices[first + 2] * width;
      const d = y.indices[first + 3] * width;
      for (let column = 0; column < width; column++) {
        values[column] = w0 * wide[a + column] + w1 * wide[b + column] + w2 * wide[c + column] + w3 * wide[d + column];
      }
    } else {
      values.fill(0);
      weights.forEach((weight, tap) => {
        const from = y.indices[first + tap] * width;
        for (let column = 0; weight !== 0 && column < width; column++) {
          // a weight of 0 must not carry a NaN over
          values[column] += weight * wide[from + column];
        }
      });
    }
    onRow(row, values);
  }
}

/**
 * A class map at the size of an image. Regions are placed by their centres, never by the corners of the map;
 * beyond the outermost centres the map goes on unchanged (edges are clamped). A NaN reaches as far as the kernel.
 *
 * @param map `[rows, columns]`, only read
 * @returns a new map `[height, width]`, raw evidence in the same unit
 * @throws WeldonError for a bad size, geometry or method, or a map whose data do not fit its shape
 *
 * @example
 * const map = { data: Float32Array.of(0, 4), rows: 1, columns: 2 };
 * upsampleMap(map, { width: 4, height: 1 }).data; // 0, 1, 3, 4
 */
export function upsampleMap(map: ClassMap, options: UpsampleOptions): ClassMap {
  checkKeys(options, 'width height method geometry', 'upsampleMap');
  const { width, height } = options;
  checkSize(width, 'width for upsampleMap');
  checkSize(height, 'height for upsampleMap');
  const data = new Float32Array(height * width);
  forEachUpsampledRow(map, options, (row, values) => data.set(values, row * width));
  return { data, rows: height, columns: width };
}
