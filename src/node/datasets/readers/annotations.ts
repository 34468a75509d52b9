import type { GroundTruth as ObjectPlaces } from '../../../metrics/localization/groundTruth.js';
import type { Box } from '../../../models/resizeMapping.js';
import { basename, extname, join, resolve } from 'node:path';
import { expectedInWords, nearestNames, WeldonError } from '../../../errors.js';
import { readCsvTable } from '../csvTable.js';
import { classFinder } from '../imageDataSet.js';
import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import type { OutputInfo } from 'sharp';

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
 * Pixels of objects from one PNG per image, of the same name: each class has a colour, every other colour is void.
 *
 * @param folder of the masks
 * @param colors CSV file `class,r,g,b`
 */
export async function readMaskFiles(folder: string, colors: string, classes: readonly string[]): Promise<Annotations> {
  const labels = await readColors(colors, classes);
  return {
    kind: 'masks',
    async read(image) {
      const path = join(folder, `${basename(image, extname(image))}.png`);
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

const header = ['file', 'label', 'x0', 'y0', 'x1', 'y1'];

/**
 * Boxes of objects from a CSV file `file,label,x0,y0,x1,y1`: pixels of the image, x1 and y1 behind the last one. A
 * image may have several rows.
 *
 * @param root folder that the file names start from
 * @throws WeldonError with the line of a row that is none
 */
export async function readBoxesFile(path: string, root: string, classes: readonly string[]): Promise<Annotations> {
  const [first, ...rows] = await readCsvTable(path);
  if (first.cells.join() !== header.join()) {
    throw expectedInWords(`the first line of ${path}`, header.join(), `"${first.cells.join()}"`);
  }
  const numberOf = classFinder(classes);
  const boxes = new Map<string, LabelledBox[]>();
  for (const {
    cells: [file, name, ...numbers],
    line,
  } of rows) {
    const label = numberOf(name);
    if (label < 0) {
      throw expectedInWords(
        `the label on line ${line} of ${path}`,
        `one of the ${classes.length} classes`,
        name + nearestNames(name, classes),
      );
    }
    const [x, y, right, bottom] = numbers.map(Number);
    if (![x, y, right, bottom].every(Number.isFinite) || numbers.includes('') || right <= x || bottom <= y) {
      throw expectedInWords(
        `the box on line ${line} of ${path}`,
        'four numbers with x0 < x1 and y0 < y1',
        numbers.join(),
      );
    }
    const key = resolve(join(root, file));
    boxes.set(key, [...(boxes.get(key) ?? []), { label, x, y, width: right - x, height: bottom - y }]);
  }
  return {
    kind: 'boxes',
    async read(image) {
      const found = boxes.get(resolve(image));
      return found === undefined ? null : { boxes: found };
    },
  };
}

/** A true box of an image, in pixels of its file. */
export interface LabelledBox extends Box {
  /** class number */
  label: number;
}

/** The class number of each pixel of an image, negative for void, row by row. */
export interface LabelledPixels {
  data: Int16Array;
  width: number;
  height: number;
}

/** Where the objects of one image really are: used to measure maps, never to train. */
export type ImageAnnotation =
  { boxes: readonly LabelledBox[]; pixels?: undefined } | { pixels: LabelledPixels; boxes?: undefined };

/** Where the objects of a data set's images are. */
export interface Annotations {
  kind: 'boxes' | 'masks';
  /** The objects of an image of the data set, by its path; `null` for one that is not annotated. */
  read(path: string): Promise<ImageAnnotation | null>;
}

/** The objects of one class, as the localisation metrics take them. */
export function objectsOfClass(annotation: ImageAnnotation, label: number): ObjectPlaces {
  if (annotation.boxes !== undefined) {
    return { boxes: annotation.boxes.filter((box) => box.label === label) };
  }
  const { data, width, height } = annotation.pixels;
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    mask[i] = data[i] === label ? 1 : 0;
  }
  return { mask: { data: mask, width, height } };
}
