import { rgb } from 'd3-color';
import { checkPixels, checkSize } from './types.js';
import { outlineBoxes, outlineStyles } from './regionOutlines.js';
import type { OutlineStyle } from './regionOutlines.js';
import type { Box } from '../models/resizeMapping.js';
import type { Pixels } from './types.js';

type Bytes = [r: number, g: number, b: number];

function bytesOf(color: string): Bytes {
  const { r, g, b } = rgb(color);
  return [r, g, b];
}

/** Fills a rectangle of whole pixels, cut at the edges of the image. */
function fill({ data, width, height }: Pixels, x0: number, y0: number, x1: number, y1: number, [r, g, b]: Bytes): void {
  const right = Math.min(width, x1);
  const bottom = Math.min(height, y1);
  for (let y = Math.max(0, y0); y < bottom; y++) {
    for (let x = Math.max(0, x0); x < right; x++) {
      const i = 4 * (y * width + x);
      data[i] = r;
      data[i + 1] = g;
      data[i + 2] = b;
      data[i + 3] = 255;
    }
  }
}

/**
 * Draws the common outline of several boxes into an image, as `outlineBoxes` finds it: a light line, solid or
 * dashed, in a dark casing. Lines along the edge of the image are moved inside, so that they stay whole.
 *
 * @param pixels RGBA, changed in place
 * @param boxes rectangles in the image's pixels; they may lie outside in part
 * @param style `'top'` is yellow and solid, `'bottom'` sky blue and dashed; or a style of one's own
 * @param lineWidth of the light line, whole pixels. Default 2; the casing adds at least a pixel on both sides
 * @throws WeldonError for pixels that do not fit their size, or a line width that is not a whole number >= 1
 *
 * @example
 * const image = overlayMap(image, map);
 * paintOutlines(image, regions.top.map((region) => regionCell(region, geometry, width, height)), 'top');
 */
export function paintOutlines(
  pixels: Pixels,
  boxes: readonly Box[],
  style: OutlineStyle | keyof typeof outlineStyles,
  lineWidth = 2,
): void {
  const { line, casing: casingColor, dash } = typeof style === 'string' ? outlineStyles[style] : style;
  checkPixels(pixels, 'paintOutlines');
  checkSize(lineWidth, 'lineWidth for paintOutlines');
  const casing = Math.max(1, Math.round(lineWidth / 2.5));
  const reach = Math.floor(lineWidth / 2) + casing;
  const place = (value: number, size: number) =>
    Math.round(Math.min(Math.max(value, reach), size - (lineWidth - Math.floor(lineWidth / 2)) - casing));
  const sides = outlineBoxes(boxes).map((polygon) => {
    const corners = polygon.map(([x, y]) => [place(x, pixels.width), place(y, pixels.height)]);
    return corners.map((from, i) => [...from, ...corners[(i + 1) % corners.length]]);
  });
  const before = Math.floor(lineWidth / 2);
  const after = lineWidth - before;
  /** The part from `start` to `end` of a side, both counted from its first corner; ends reach over by `over`. */
  const stroke = (
    [x0, y0, x1, y1]: number[],
    start: number,
    end: number,
    grow: number,
    over: boolean,
    color: Bytes,
  ) => {
    const horizontal = y0 === y1;
    const direction = Math.sign(horizontal ? x1 - x0 : y1 - y0);
    // A line of odd width has its middle pixel right of, or below, its coordinate; walked backwards it starts there too.
    const corner = (horizontal ? x0 : y0) + (direction < 0 && !over ? after - before : 0);
    const first = corner + direction * start;
    const last = corner + direction * end;
    const low = Math.min(first, last) - (over ? before + grow : 0);
    const high = Math.max(first, last) + (over ? after + grow : 0);
    const across = horizontal ? y0 : x0;
    if (horizontal) {
      fill(pixels, low, across - before - grow, high, across + after + grow, color);
    } else {
      fill(pixels, across - before - grow, low, across + after + grow, high, color);
    }
  };
  const length = ([x0, y0, x1, y1]: number[]) => Math.abs(x1 - x0) + Math.abs(y1 - y0);

  const dark = bytesOf(casingColor);
  sides.flat().forEach((side) => stroke(side, 0, length(side), casing, true, dark));

  const light = bytesOf(line);
  const dashes = dash.map((each) => Math.max(1, Math.round(1.5 * each * lineWidth)));
  for (const polygon of sides) {
    if (dashes.length === 0) {
      polygon.forEach((side) => stroke(side, 0, length(side), 0, true, light));
      continue;
    }
    // The pattern runs on around the corners.
    let dash = 0;
    let left = dashes[0];
    for (const side of polygon) {
      for (let at = 0; at < length(side);) {
        const step = Math.min(left, length(side) - at);
        if (dash % 2 === 0) {
          stroke(side, at, at + step, 0, false, light);
        }
        at += step;
        left -= step;
        if (left === 0) {
          dash = (dash + 1) % dashes.length;
          left = dashes[dash];
        }
      }
    }
  }
}
