import type { Box } from '../models/resizeMapping.js';
import { paintStep, paintTable, resolveColors } from './colorizeMap.js';
import type { ColorOptions } from './colorizeMap.js';
import { checkMap, checkPixels } from './mapChecks.js';
import type { ClassMap, Pixels } from './types.js';
import { upsampleMap } from './upsampleMap.js';
import type { MapGeometry, UpsampleMethod } from './upsampleMap.js';

export interface OverlayOptions extends ColorOptions {
  /** Opacity of the strongest colour, 0 … 1. Default 0.6. */
  opacity?: number;
  /** Default true: the photo shows through where there is no evidence. */
  fade?: boolean;
  /** Default `'bicubic'`. */
  method?: UpsampleMethod;
  /** Where the regions lie in the photo, in its pixels. Default: they tile it evenly. */
  geometry?: MapGeometry;
  /** The part of the photo that the network saw, in its pixels; nothing is painted outside. Default: all of it. */
  window?: Box;
}

/**
 * A class map painted over its photo by alpha blending. The display range comes from the raw map, before
 * up-sampling, so the legend holds for every method.
 *
 * @param photo RGBA, only read; its own alpha is kept
 * @param map `[rows, columns]` of any size, only read
 * @returns new RGBA pixels of the photo's size
 * @throws WeldonError for photo or map that do not fit their sizes, and as `upsampleMap` and `colorizeMap` do
 *
 * @example
 * const picture = overlayMap(photo, map, { opacity: 0.7, range: 'positive', colors: 'inferno' });
 */
export function overlayMap(photo: Pixels, map: ClassMap, options: OverlayOptions = {}): Pixels {
  const { width, height } = photo;
  const { method = 'bicubic', geometry, window = { x: 0, y: 0, width, height } } = options;
  checkPixels(photo, 'overlayMap');
  checkMap(map, 'overlayMap');
  const resolved = resolveColors(map, { ...options, opacity: options.opacity ?? 0.6, fade: options.fade ?? true });
  const { low, high } = resolved.range;
  const { rgb, alpha } = paintTable(resolved);
  const stepsPerUnit = 255 / (high - low);
  const wide = upsampleMap(map, { width, height, method, geometry }).data;

  const data = new Uint8ClampedArray(photo.data);
  const left = Math.max(0, Math.round(window.x));
  const right = Math.min(width, Math.round(window.x + window.width));
  const bottom = Math.min(height, Math.round(window.y + window.height));
  for (let row = Math.max(0, Math.round(window.y)); row < bottom; row++) {
    for (let i = row * width + left; i < row * width + right; i++) {
      const step = paintStep(wide[i], low, stepsPerUnit);
      if (step >= 0) {
        const a = alpha[step];
        data[4 * i] += a * (rgb[3 * step] - data[4 * i]);
        data[4 * i + 1] += a * (rgb[3 * step + 1] - data[4 * i + 1]);
        data[4 * i + 2] += a * (rgb[3 * step + 2] - data[4 * i + 2]);
      }
    }
  }
  return { data, width, height };
}
