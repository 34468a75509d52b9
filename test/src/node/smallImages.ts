/** Small images to train on: squares of one colour per class on grey noise, all different. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomBits } from '../../../src/random.js';

const colors: Record<string, [number, number, number]> = {
  red: [220, 40, 40],
  green: [40, 190, 60],
  blue: [50, 70, 220],
};

/** The names of the classes, sorted. */
export const smallClasses = Object.keys(colors).sort();

/** One image with a square of each of these classes. */
export async function smallImage(path: string, classes: readonly string[], seed: number, side = 64): Promise<void> {
  const draw = randomBits(seed);
  const data = Buffer.from(Array.from({ length: side * side * 3 }, () => 96 + (draw() >>> 26)));
  const square = side >> 2;
  for (const name of classes) {
    const [left, top] = [draw() % (side - square), draw() % (side - square)];
    for (let y = top; y < top + square; y++) {
      for (let x = left; x < left + square; x++) {
        data.set(colors[name], 3 * (y * side + x));
      }
    }
  }
  await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}

/** A folder with one folder of `count` images per class. */
export async function smallClassFolders(folder: string, count: number, firstSeed = 1): Promise<void> {
  let seed = firstSeed;
  for (const name of smallClasses) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      await smallImage(join(folder, name, `${i}.png`), [name], seed++);
    }
  }
}
