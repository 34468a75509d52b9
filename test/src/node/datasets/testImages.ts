import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';

/** Writes an image, PNG or by its name's extension, and the folders that it needs; bytes are RGB, row by row. */
export async function writeImage(path: string, width: number, height: number, bytes: ArrayLike<number>): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await sharp(Buffer.from(Uint8Array.from(bytes)), { raw: { width, height, channels: 3 } }).toFile(path);
}

/** An image of one colour. */
export async function writeColor(path: string, color: readonly [number, number, number], side = 4): Promise<void> {
  await writeImage(path, side, side, Array.from({ length: side * side }, () => color).flat());
}

/** An image in which no two pixels are alike. */
export async function writeGradient(path: string, width: number, height: number, blue = 0): Promise<void> {
  const bytes = Array.from({ length: width * height }, (_, i) => [
    Math.round((255 * (i % width)) / (width - 1)),
    Math.round((255 * Math.floor(i / width)) / (height - 1)),
    blue,
  ]).flat();
  await writeImage(path, width, height, bytes);
}
