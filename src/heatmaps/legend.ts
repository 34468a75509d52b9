import { defaultColors } from './colorMaps.js';
import type { ColorMapName } from './colorMaps.js';
import { paintTable } from './colorizeMap.js';
import { checkRange } from './displayRange.js';
import type { DisplayRange, RangeRule } from './displayRange.js';
import type { Pixels } from './types.js';
import { checkKeys } from '../errors.js';

export interface LegendTick {
  value: number;
  /** place on the colour strip: 0 at the low end, 1 at the high end */
  position: number;
  /** the number as it is shown, for example `−0.5` */
  label: string;
}

/** What a painter needs for a legend; the Node images and a web page draw the same one. */
export interface Legend {
  range: DisplayRange;
  colors: ColorMapName;
  ticks: LegendTick[];
  /** what the two ends mean, low end first */
  ends: [low: string, high: string];
  /** the colours from low to high, 256 × 1 opaque pixels; faded diverging colours as they look on white paper */
  strip: Pixels;
}

/**
 * Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], at most `most` of them where that is possible.
 *
 * By hand, for d3-array may give one more than asked for, and would be 3 kB of the script bundle for these lines.
 */
export function niceTicks(low: number, high: number, most = 5): LegendTick[] {
  checkRange({ rule: 'sequential', low, high });
  const rough = (high - low) / Math.max(1, most);
  const power = Math.floor(Math.log10(rough));
  let exponent = power;
  let factor = [1, 2, 5].find((candidate) => candidate * 10 ** power >= rough * (1 - 1e-9));
  if (factor === undefined) {
    factor = 1;
    exponent = power + 1;
  }
  const ticks: LegendTick[] = [];
  // Counting in whole steps keeps 0 exactly 0 and 0.3 from becoming 0.30000000000000004.
  const unit = (count: number) =>
    exponent >= 0 ? count * factor * 10 ** exponent : (count * factor) / 10 ** -exponent;
  const step = unit(1);
  for (let count = Math.ceil(low / step - 1e-9); count <= high / step + 1e-9; count++) {
    const value = unit(count) + 0;
    ticks.push({ value, position: (value - low) / (high - low), label: tickLabel(value, exponent) });
  }
  return ticks;
}

/** A number with as many decimals as ticks 10^`exponent` apart need, and a true minus sign. */
function tickLabel(value: number, exponent: number): string {
  const magnitude = Math.abs(value);
  const tooLong = exponent < -4 || magnitude >= 1e6;
  const text =
    tooLong && magnitude > 0
      ? String(Number(magnitude.toPrecision(3)).toExponential())
      : magnitude.toFixed(Math.max(0, -exponent));
  return (value < 0 ? '\u2212' : '') + (magnitude === 0 ? '0' : text);
}

const meanings: Record<RangeRule, [string, string]> = {
  diverging: ['against', 'for the class'],
  sequential: ['weak', 'strong'],
  positive: ['none', 'strong'],
};

export interface LegendOptions {
  /** As the map was painted. Default `'blueRed'` for diverging ranges, `'viridis'` for the others. */
  colors?: ColorMapName;
  /** As the map was painted. Default false, as for `colorizeMap`; `overlayMap`'s default is true. */
  fade?: boolean;
  /** About how many numbers. Default 5. */
  mostTicks?: number;
}

/**
 * Colours and numbers of a display range.
 *
 * @example
 * legend(displayRange(maps)).ticks.map(({ label }) => label); // '−4', '−2', '0', '2', '4'
 */
export function legend(range: DisplayRange, options: LegendOptions = {}): Legend {
  checkKeys(options, 'colors fade mostTicks', 'legend');
  const { colors = defaultColors(range.rule), fade = false, mostTicks = 5 } = options;
  const ticks = niceTicks(range.low, range.high, mostTicks);
  // Faded sequential colours are shown in full: on paper their dark end would pass for grey.
  const { rgb, alpha } = paintTable({ range, colors, opacity: 1, fade: fade && range.rule === 'diverging' });
  const data = new Uint8ClampedArray(256 * 4).fill(255);
  for (let step = 0; step < 256; step++) {
    for (let channel = 0; channel < 3; channel++) {
      data[4 * step + channel] = 255 + alpha[step] * (rgb[3 * step + channel] - 255);
    }
  }
  return { range, colors, ticks, ends: meanings[range.rule], strip: { data, width: 256, height: 1 } };
}
