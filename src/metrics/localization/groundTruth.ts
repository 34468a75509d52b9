import { expected, expectedInWords } from '../../errors.js';
import type { Box } from '../../models/resizeMapping.js';

/** A place in an image, in continuous pixels: pixel i covers [i, i + 1). */
export interface Point {
  x: number;
  y: number;
}

/** Pixels of an image that belong to something: those that are not 0, row by row. */
export interface PixelMask {
  data: ArrayLike<number>;
  width: number;
  height: number;
}

/** Where the objects of one class are in one image: boxes, or the pixels themselves. No box at all: none are there. */
export type GroundTruth = { boxes: readonly Box[]; mask?: undefined } | { mask: PixelMask; boxes?: undefined };

/** Refuses boxes and masks that are none. */
export function checkGroundTruth({ boxes, mask }: GroundTruth, owner: string): void {
  boxes?.forEach((box, i) => {
    const { x, y, width, height } = box;
    if (![x, y, width, height].every(Number.isFinite) || width <= 0 || height <= 0) {
      throw expected(`box ${i} for ${owner}`, 'finite numbers x, y, width > 0 and height > 0, in pixels', box);
    }
  });
  if (mask !== undefined && mask.data.length !== mask.width * mask.height) {
    throw expectedInWords(`the mask for ${owner}`, `${mask.width} × ${mask.height} numbers`, `${mask.data.length}`);
  }
  if (boxes === undefined && mask === undefined) {
    throw expectedInWords(`the objects for ${owner}`, 'told as boxes or as a mask', 'neither');
  }
}

export function checkPoint(point: Point, owner: string): void {
  if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) {
    throw expected(`the point for ${owner}`, 'two finite numbers x and y, in pixels', point);
  }
}

export function checkTolerance(tolerance: number, owner: string): void {
  if (!(Number.isFinite(tolerance) && tolerance >= 0)) {
    throw expected(`tolerance for ${owner}`, 'a number of pixels >= 0', tolerance);
  }
}

/** Whether there is any object. */
export function anyObject({ boxes, mask }: GroundTruth): boolean {
  if (boxes !== undefined) {
    return boxes.length > 0;
  }
  const { data } = mask as PixelMask;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0) {
      return true;
    }
  }
  return false;
}

function nearBox({ x, y }: Point, box: Box, tolerance: number): boolean {
  const dx = Math.max(box.x - x, 0, x - (box.x + box.width));
  const dy = Math.max(box.y - y, 0, y - (box.y + box.height));
  return (dx === 0 && dy === 0) || dx * dx + dy * dy < tolerance * tolerance;
}

function nearMask(point: Point, { data, width, height }: PixelMask, tolerance: number): boolean {
  const column = Math.floor(point.x);
  const row = Math.floor(point.y);
  const reach = Math.ceil(tolerance);
  for (let y = Math.max(0, row - reach); y <= Math.min(height - 1, row + reach); y++) {
    for (let x = Math.max(0, column - reach); x <= Math.min(width - 1, column + reach); x++) {
      const distance = (x - column) ** 2 + (y - row) ** 2;
      if (data[y * width + x] !== 0 && (distance === 0 || distance < tolerance * tolerance)) {
        return true;
      }
    }
  }
  return false;
}

/**
 * Whether a point lies on an object or less than `tolerance` pixels from it. Distances to boxes are measured to their
 * edges, to masks between pixels, as TorchRay measures them (strictly less).
 */
export function pointHits(point: Point, { boxes, mask }: GroundTruth, tolerance: number): boolean {
  return boxes === undefined
    ? nearMask(point, mask as PixelMask, tolerance)
    : boxes.some((box) => nearBox(point, box, tolerance));
}

/**
 * Shared area of two boxes over the area of both together, 0 … 1.
 *
 * @example
 * intersectionOverUnion({ x: 0, y: 0, width: 2, height: 2 }, { x: 1, y: 0, width: 2, height: 2 }); // 1/3
 */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}
