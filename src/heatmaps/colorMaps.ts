import { rgb } from 'd3-color';
import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePuOr,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';
import { expected } from '../errors.js';
import type { RangeRule } from './displayRange.js';

/**
 * Colour maps that people with any of the common colour-vision deficiencies can read, low value first:
 * - `'viridis'`, `'cividis'`, `'magma'`, `'inferno'`: dark to light, for sequential ranges;
 * - `'blueRed'`, `'purpleOrange'`: ColorBrewer's RdBu (turned round) and PuOr, for diverging ranges: evidence for a class is
 *   warm, evidence against it cold.
 */
export type ColorMapName = 'viridis' | 'cividis' | 'magma' | 'inferno' | 'blueRed' | 'purpleOrange';

const interpolators: Record<ColorMapName, (place: number) => string> = {
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  magma: interpolateMagma,
  inferno: interpolateInferno,
  blueRed: (place) => interpolateRdBu(1 - place),
  purpleOrange: interpolatePuOr,
};

/** The names of the colour maps: diverging ones for evidence for and against, the others for evidence alone. */
export const colorMapNames = Object.keys(interpolators) as readonly ColorMapName[];

/** The colours used where none are asked for. */
export function defaultColors(rule: RangeRule): ColorMapName {
  return rule === 'diverging' ? 'blueRed' : 'viridis';
}

const tables = new Map<ColorMapName, Uint8Array>();

/**
 * The 256 colours of a map as RGB bytes, low end first, computed once.
 *
 * @throws WeldonError for an unknown name
 */
export function colorTable(name: ColorMapName): Uint8Array {
  let table = tables.get(name);
  if (table === undefined) {
    if (!Object.hasOwn(interpolators, name)) {
      throw expected('the colour map', `one of ${colorMapNames.join(', ')}`, name);
    }
    table = new Uint8Array(256 * 3);
    for (let entry = 0; entry < 256; entry++) {
      const { r, g, b } = rgb(interpolators[name](entry / 255));
      table.set([Math.round(r), Math.round(g), Math.round(b)], entry * 3);
    }
    tables.set(name, table);
  }
  return table;
}
