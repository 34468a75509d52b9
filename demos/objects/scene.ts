/** What an image of a room with things in it shows, and the image of it. */
import sharp from 'sharp';
import type { JpegOptions } from 'sharp';
import type { Box } from '../../src/index.js';
import type { Panorama, View } from './panorama.js';
import { viewOf } from './panorama.js';
import type { Sprite } from './sprites.js';
import { boxAt } from './sprites.js';

/** Mixes numbers into one of 32 bits, each bit of which depends on all of theirs (finaliser of MurmurHash3). */
export function mixSeeds(...parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** Numbers of 32 bits from a seed (mulberry32): part of what a data set is, whatever the library draws by. */
function randomBits(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** Numbers of one image, drawn in order. */
export function drawing(seed: number) {
  const bits = randomBits(seed);
  const between = (low: number, high: number) => low + (high - low) * (bits() / 2 ** 32);
  return {
    between,
    whole: (low: number, high: number) => Math.floor(between(low, high + 1)),
    pick: <T>(list: readonly T[]) => list[Math.floor(between(0, list.length))],
  };
}

/** How much of `box` another one covers. */
function covered(box: Box, by: Box): number {
  const width = Math.min(box.x + box.width, by.x + by.width) - Math.max(box.x, by.x);
  const height = Math.min(box.y + box.height, by.y + by.height) - Math.max(box.y, by.y);
  return (Math.max(0, width) * Math.max(0, height)) / (box.width * box.height);
}

/** A sprite at its place. */
export interface Placed {
  sprite: Sprite;
  left: number;
  top: number;
  box: Box;
}

/** What an image shows: a room, the object that names it, and other things at places where they do not hide each other. */
export interface Scene {
  room: string;
  view: View;
  /** the object is the first */
  placed: Placed[];
}

/**
 * Puts a sprite where it hides none of the others, and is hidden by none; one for which there is no room is left out.
 *
 * @param whole draws a whole number between two
 */
export function placeFreely(
  sprite: Sprite,
  placed: Placed[],
  size: number,
  whole: (low: number, high: number) => number,
): void {
  for (let attempt = 0; attempt < 60; attempt++) {
    const left = whole(0, size - sprite.width);
    const top = whole(0, size - sprite.height);
    const box = boxAt(sprite, left, top);
    if (placed.every((other) => covered(other.box, box) < 0.05 && covered(box, other.box) < 0.3)) {
      placed.push({ sprite, left, top, box });
      return;
    }
  }
}

/** The image of a scene, JPEG. */
export async function paintScene(
  { view, placed }: Pick<Scene, 'view' | 'placed'>,
  room: Panorama,
  size: number,
  jpeg: JpegOptions,
): Promise<Buffer> {
  // Panoramas are coarser than images by far, so half the side loses nothing.
  const half = Math.ceil(size / 2);
  const seen = viewOf(room, view, half);
  const background = await sharp(seen, { raw: { width: half, height: half, channels: 3 } })
    .resize(size, size)
    .raw()
    .toBuffer();
  return sharp(background, { raw: { width: size, height: size, channels: 3 } })
    .composite(
      placed.map(({ sprite: { data, width, height }, left, top }) => ({
        input: data,
        raw: { width, height, channels: 4 },
        left,
        top,
      })),
    )
    .jpeg(jpeg)
    .toBuffer();
}
