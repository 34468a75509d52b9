import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import sharp from 'sharp';
import type { OutputInfo } from 'sharp';
import { expectedInWords, WeldonError } from '../../../errors.js';
import { readCsvTable } from '../csvTable.js';
import type { Annotations } from './annotations.js';

/** Classes of colours in masks, from a CSV file `class,r,g,b`. A class that is not among `classes` counts as void. */
async function readColors(path: string, classes: readonly string[]): Promise<Map<number, number>> {
  const [first, ...rows] = await readCsvTable(path);
  if (first.cells.join() !== 'class,r,g,b') {
    throw expectedInWords(`the first line of ${path}`, 'class,r,g,b', `"${first.cells.join()}"`);
  }
  return new Map(
    rows.map(({ cells: [name, ...levels], line }) => {
      const [r, g, b] = levels.map(Number);
      if (![r, g, b].every((level) => Number.isInteger(level) && level >= 0 && level <= 255)) {
        throw expectedInWords(
          `the colour on line ${line} of ${path}`,
          'three whole numbers from 0 to 255',
          levels.join(),
        );
      }
      return [(r << 16) | (g << 8) | b, classes.indexOf(name)];
    }),
  );
}

/**
 * Pixels of objects from one PNG per picture, of the same name: each class has a colour, every other colour is void.
 *
 * @param folder of the masks
 * @param colors CSV file `class,r,g,b`
 */
export async function readMaskFiles(folder: string, colors: string, classes: readonly string[]): Promise<Annotations> {
  const labels = await readColors(colors, classes);
  return {
    kind: 'masks',
    async read(picture) {
      const path = join(folder, `${basename(picture, extname(picture))}.png`);
      if ((await stat(path).catch(() => null)) === null) {
        return null;
      }
      let pixels: { data: Buffer; info: OutputInfo };
      try {
        pixels = await sharp(path).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
      } catch (error) {
        throw new WeldonError(`Cannot read the mask ${path}: ${(error as Error).message}`);
      }
      const {
        data,
        info: { width, height },
      } = pixels;
      return {
        pixels: {
          width,
          height,
          data: Int16Array.from(
            { length: width * height },
            (_, i) => labels.get((data[3 * i] << 16) | (data[3 * i + 1] << 8) | data[3 * i + 2]) ?? -1,
          ),
        },
      };
    },
  };
}
