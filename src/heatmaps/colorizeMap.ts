import { checkKeys, expected } from '../errors.js';
import { colorTable, defaultColors } from './colorMaps.js';
import type { ColorMapName } from './colorMaps.js';
import { checkRange, displayRange } from './displayRange.js';
import type { DisplayRange, RangeRule } from './displayRange.js';
import { checkMap } from './types.js';
import type { ClassMap, Pixels } from './types.js';

/** How raw evidence becomes colour. */
export interface ColorOptions {
  /** A range, for example one shared by several maps, or the rule that finds this map's own. Default `'diverging'`. */
  range?: DisplayRange | RangeRule;
  /** Default `'blueRed'` for diverging ranges, `'viridis'` for the others. */
  colors?: ColorMapName;
  /** Opacity of the strongest colour, 0 … 1. Default 1. */
  opacity?: number;
  /**
   * Whether opacity follows the evidence: none where there is none, all of `opacity` at the strongest, so that the
   * image shows through where the map has nothing to say; diverging colours then tell the sign only. Default false:
   * the same opacity everywhere.
   */
  fade?: boolean;
}

/**
 * Where opacity tells how strong evidence is, diverging colours need only tell its sign: they run over this part of
 * each half, from the middle outwards. Its pale middle would veil the image, its darkest end would look like shadow.
 */
const fadeColors = { weakest: 0.5, strongest: 0.72 };

/** The options with every default filled in, for a given map. */
export interface ResolvedColors {
  range: DisplayRange;
  colors: ColorMapName;
  opacity: number;
  fade: boolean;
}

export function resolveColors(maps: ClassMap | readonly ClassMap[], options: ColorOptions): ResolvedColors {
  const { range: given = 'diverging', opacity = 1, fade = false } = options;
  const range = typeof given === 'string' ? displayRange(maps, given) : given;
  checkRange(range);
  if (!(opacity >= 0 && opacity <= 1)) {
    throw expected('opacity', 'a number with 0 <= opacity <= 1', opacity);
  }
  return { range, colors: options.colors ?? defaultColors(range.rule), opacity, fade };
}

/** What the 256 steps of a range are painted with; alpha is a share 0 … 1, so it is kept apart from the RGB bytes. */
export interface PaintTable {
  rgb: Uint8Array;
  alpha: Float32Array;
}

export function paintTable({
  range,
  colors,
  opacity,
  fade,
}: Omit<ResolvedColors, 'range'> & { range: Pick<DisplayRange, 'rule'> }): PaintTable {
  const table = colorTable(colors);
  const alpha = new Float32Array(256).fill(opacity);
  if (!fade) {
    return { rgb: table, alpha };
  }
  const diverging = range.rule === 'diverging';
  const rgb = new Uint8Array(table);
  for (let step = 0; step < 256; step++) {
    const signed = (2 * step) / 255 - 1;
    const strength = diverging ? Math.abs(signed) : step / 255;
    alpha[step] = opacity * strength;
    if (diverging) {
      const outwards = fadeColors.weakest + (fadeColors.strongest - fadeColors.weakest) * strength;
      const place = 3 * Math.round(127.5 * (1 + Math.sign(signed) * outwards));
      rgb.set(table.subarray(place, place + 3), 3 * step);
    }
  }
  return { rgb, alpha };
}

/** Which of the 256 steps a value takes; −1 for NaN, which is never painted. */
export function paintStep(value: number, low: number, stepsPerUnit: number): number {
  const step = (value - low) * stepsPerUnit;
  return step <= 0 ? 0 : step >= 255 ? 255 : step > 0 ? (step + 0.5) | 0 : -1;
}

/**
 * The colours of a map, one pixel a region: `[rows, columns]` becomes RGBA pixels of `columns` × `rows`.
 * Up-sample the map first (`upsampleMap`) for an image of another size. NaN becomes a transparent pixel.
 *
 * @throws WeldonError for an unknown colour map or rule, an opacity outside [0, 1], or a map that does not fit its shape
 *
 * @example
 * const pixels = colorizeMap(upsampleMap(map, { width: 320, height: 240 }), { range: 'sequential', colors: 'cividis' });
 */
export function colorizeMap(map: ClassMap, options: ColorOptions = {}): Pixels {
  checkKeys(options, 'range colors opacity fade', 'colorizeMap');
  checkMap(map, 'colorizeMap');
  const resolved = resolveColors(map, options);
  const { low, high } = resolved.range;
  const { rgb, alpha } = paintTable(resolved);
  const stepsPerUnit = 255 / (high - low);
  const data = new Uint8ClampedArray(map.data.length * 4);
  for (let i = 0; i < map.data.length; i++) {
    const step = paintStep(map.data[i], low, stepsPerUnit);
    if (step >= 0) {
      data[4 * i] = rgb[3 * step];
      data[4 * i + 1] = rgb[3 * step + 1];
      data[4 * i + 2] = rgb[3 * step + 2];
      data[4 * i + 3] = alpha[step] * 255;
    }
  }
  return { data, width: map.columns, height: map.rows };
}
