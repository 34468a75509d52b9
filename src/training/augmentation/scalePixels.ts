import type { ModelRecipe } from '../../models/recipe.js';
import type { Variant } from './augmentation.js';

/** Brightness as the eye weighs the colours (ITU-R BT.601), 0–255. */
function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function meanLuma(pixels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    sum += luma(pixels[i], pixels[i + 1], pixels[i + 2]);
  }
  return sum / (pixels.length / 3);
}

/** Network input of every byte, per channel: rounded to float32 after each step, as tensors are. */
function scaleTables({ colorOrder, scale, offset }: ModelRecipe['input']): (value: number, channel: number) => number {
  const each = (value: number | readonly number[], i: number) =>
    Math.fround(typeof value === 'number' ? value : value[i]);
  // `scale` and `offset` are in the network's order of colours.
  const places = colorOrder === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const scales = places.map((place) => each(scale, place));
  const offsets = places.map((place) => each(offset, place));
  return (value, channel) => Math.fround(Math.fround(value * scales[channel]) + offsets[channel]);
}

/** An image moved right and down, with its mirror image, which does not repeat the edge, where it has left. */
function shifted(pixels: Uint8Array, width: number, { x, y }: NonNullable<Variant['shift']>): Uint8Array {
  const height = pixels.length / 3 / width;
  // Mirrored as often as the place lies beyond an edge.
  const inside = (place: number, extent: number) => {
    const period = Math.max(1, 2 * (extent - 1));
    const at = ((place % period) + period) % period;
    return at < extent ? at : period - at;
  };
  const result = new Uint8Array(pixels.length);
  for (let row = 0, to = 0; row < height; row++) {
    const line = inside(row - y, height) * width;
    for (let column = 0; column < width; column++, to += 3) {
      const from = 3 * (line + inside(column - x, width));
      result.set(pixels.subarray(from, from + 3), to);
    }
  }
  return result;
}

/** What of a variant is done to pixels that have the network's size. */
type PixelChange = Pick<Variant, 'flip' | 'color'> & Partial<Pick<Variant, 'shift'>>;

/**
 * Pixels with a variant's shift, flip and colours, before any scaling; bytes where no colour changes, and those given where
 * nothing does.
 *
 * Brightness b, contrast c and saturation s turn a pixel x with luma g, in an image with mean luma m, into
 * `s·(c·b·x + (1 − c)·b·m) + (1 − s)·(c·b·g + (1 − c)·b·m)`, cut to 0–255.
 *
 * @param given RGB bytes, row-major `[height, width, 3]`
 * @returns `[height, width, 3]`, RGB, 0–255
 */
export function changePixels(
  given: Uint8Array,
  width: number,
  { flip, color, shift = null }: PixelChange,
): Uint8Array | Float32Array {
  const pixels = shift === null ? given : shifted(given, width, shift);
  if (!flip && color === null) {
    return pixels;
  }
  const values = color === null ? new Uint8Array(pixels.length) : new Float32Array(pixels.length);
  const mean = color === null ? 0 : meanLuma(pixels);
  const at = (i: number) => {
    if (!flip) {
      return i;
    }
    const column = (i / 3) % width;
    return i + 3 * (width - 1 - 2 * column);
  };
  for (let i = 0; i < pixels.length; i += 3) {
    const to = at(i);
    if (color === null) {
      for (let channel = 0; channel < 3; channel++) {
        values[to + channel] = pixels[i + channel];
      }
      continue;
    }
    const { brightness, contrast, saturation } = color;
    const grey = luma(pixels[i], pixels[i + 1], pixels[i + 2]);
    const shift = (1 - saturation) * contrast * brightness * grey + (1 - contrast) * brightness * mean;
    for (let channel = 0; channel < 3; channel++) {
      const value = saturation * contrast * brightness * pixels[i + channel] + shift;
      values[to + channel] = Math.min(255, Math.max(0, value));
    }
  }
  return values;
}

/**
 * Pixels as a network takes them: changed by a variant, then scaled and ordered as the recipe says; the same numbers as
 * `prepareImages` gives where the variant changes nothing.
 *
 * @param pixels RGB bytes, row-major `[height, width, 3]`
 * @returns `[height, width, 3]`
 */
export function scalePixels(
  pixels: Uint8Array,
  width: number,
  variant: PixelChange,
  input: ModelRecipe['input'],
): Float32Array {
  const changed = changePixels(pixels, width, variant);
  const values = new Float32Array(pixels.length);
  const scaled = scaleTables(input);
  const places = input.colorOrder === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  if (changed instanceof Uint8Array) {
    const tables = [0, 1, 2].map((channel) => Float32Array.from({ length: 256 }, (_, byte) => scaled(byte, channel)));
    for (let i = 0; i < changed.length; i += 3) {
      for (let channel = 0; channel < 3; channel++) {
        values[i + places[channel]] = tables[channel][changed[i + channel]];
      }
    }
    return values;
  }
  for (let i = 0; i < changed.length; i += 3) {
    for (let channel = 0; channel < 3; channel++) {
      values[i + places[channel]] = scaled(changed[i + channel], channel);
    }
  }
  return values;
}
