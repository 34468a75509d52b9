import type { Box } from '../models/resizeMapping.js';
import { paintStep, paintTable, resolveColors } from './colorizeMap.js';
import type { ColorOptions } from './colorizeMap.js';
import { checkMap, checkPixels } from './types.js';
import type { ClassMap, Pixels } from './types.js';
import { forEachUpsampledRow } from './upsampleMap.js';
import type { MapGeometry, UpsampleMethod } from './upsampleMap.js';
import { checkKeys, expected } from '../errors.js';

/**
 * Takes colour out of RGBA bytes in place, so that painted evidence is not mistaken for the image's own reds and blues.
 *
 * @param saturation what stays of the colour, 0 (grey, by Rec. 601 luma) … 1 (untouched)
 * @throws WeldonError if saturation is out of range
 */
export function muteImage(bytes: Uint8Array | Uint8ClampedArray, saturation: number): void {
  if (!(saturation >= 0 && saturation <= 1)) {
    throw expected('saturation', 'a number from 0 to 1', saturation);
  }
  const kept = Math.round(256 * saturation);
  for (let at = 0; kept < 256 && at < bytes.length; at += 4) {
    const [red, green, blue] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const gray = (77 * red + 150 * green + 29 * blue + 128) >> 8;
    bytes[at] = gray + (((red - gray) * kept + 128) >> 8);
    bytes[at + 1] = gray + (((green - gray) * kept + 128) >> 8);
    bytes[at + 2] = gray + (((blue - gray) * kept + 128) >> 8);
  }
}

export interface OverlayOptions extends ColorOptions {
  /** Opacity of the strongest colour, 0 … 1. Default 0.6. */
  opacity?: number;
  /** Default true: the image shows through where there is no evidence. */
  fade?: boolean;
  /** What stays of the image's own colours under the map, 0 … 1. Default 1. */
  saturation?: number;
  /** Default `'bicubic'`. */
  method?: UpsampleMethod;
  /** Where the regions lie in the image, in its pixels. Default: they tile it evenly. */
  geometry?: MapGeometry;
  /** The part of the image that the network saw, in its pixels; nothing is painted outside. Default: all of it. */
  window?: Box;
}

/**
 * A class map painted over its image by alpha blending. The display range comes from the raw map, before
 * up-sampling, so the legend holds for every method.
 *
 * @param image RGBA, only read; its own alpha is kept
 * @param map `[rows, columns]` of any size, only read
 * @returns new RGBA pixels of the image's size, whose data `new ImageData` takes
 * @throws WeldonError for image or map that do not fit their sizes, and as `upsampleMap` and `colorizeMap` do
 *
 * @example
 * const drawn = overlayMap(image, map, { opacity: 0.7, range: 'positive', colors: 'inferno' });
 */
export function overlayMap(
  image: Pixels,
  map: ClassMap,
  options: OverlayOptions = {},
): Pixels & { data: Uint8ClampedArray<ArrayBuffer> } {
  checkKeys(options, 'range colors opacity fade saturation method geometry window', 'overlayMap');
  const { width, height } = image;
  const { method = 'bicubic', saturation = 1, geometry, window = { x: 0, y: 0, width, height } } = options;
  checkPixels(image, 'overlayMap');
  checkMap(map, 'overlayMap');
  const resolved = resolveColors(map, { ...options, opacity: options.opacity ?? 0.6, fade: options.fade ?? true });
  const { low, high } = resolved.range;
  const { rgb, alpha } = paintTable(resolved);
  const stepsPerUnit = 255 / (high - low);
  const left = Math.max(0, Math.round(window.x));
  const right = Math.min(width, Math.round(window.x + window.width));
  const top = Math.max(0, Math.round(window.y));
  const bottom = Math.min(height, Math.round(window.y + window.height));

  // Blending in 1/256: image · (256 − a) + colour · a, the second product looked up.
  const kept = Int32Array.from(alpha, (share) => 256 - Math.round(256 * share));
  const painted = Int32Array.from(rgb, (byte, i) => byte * (256 - kept[Math.floor(i / 3)]) + 128);
  const bytes = new Uint8Array(image.data);
  muteImage(bytes, saturation);
  forEachUpsampledRow(map, { width, height, method, geometry }, (row, values) => {
    if (row < top || row >= bottom) {
      return;
    }
    let at = 4 * (row * width + left);
    for (let column = left; column < right; column++, at += 4) {
      const step = paintStep(values[column], low, stepsPerUnit);
      if (step >= 0) {
        const share = kept[step];
        bytes[at] = (bytes[at] * share + painted[3 * step]) >> 8;
        bytes[at + 1] = (bytes[at + 1] * share + painted[3 * step + 1]) >> 8;
        bytes[at + 2] = (bytes[at + 2] * share + painted[3 * step + 2]) >> 8;
      }
    }
  });
  return { data: new Uint8ClampedArray(bytes.buffer), width, height };
}
