import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { expectedInWords, WeldonError } from '../../../errors.js';
import type { ImageDataSet } from '../imageDataSet.js';
import { someOf } from '../imageDataSet.js';
import type { Annotations, LabelledBox } from './annotations.js';
import { findListed } from '../../images/listedFiles.js';
import { readImageList, refuseShared, refuseUntested } from './splits.js';
import type { ExperimentData } from './splits.js';
import { readPlainFile } from '../../storage/plainFile.js';

export interface ReadPascalVocOptions {
  /** Name of the lists to train on. Default `'trainval'`. */
  train?: string;
  /** Name of the lists to measure on. Default `'test'`; VOC 2012 publishes none, use `'train'` and `'val'`. */
  test?: string;
  /** Go on with the images that are there where some of those listed are not. Default false. */
  allowMissing?: boolean;
}

interface Part {
  /** by name of the image: 1 shown, 0 difficult, −1 not shown; one for each class */
  signs: Map<string, number[]>;
}

/** Classes that have a list for this part. */
async function listedClasses(lists: string, part: string): Promise<string[]> {
  const names = await readdir(lists).catch(() => {
    throw expectedInWords(lists, 'the folder ImageSets/Main of Pascal VOC', 'none: check the path');
  });
  const ending = `_${part}.txt`;
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();
}

async function readPart(lists: string, part: string, classes: readonly string[]): Promise<Part> {
  const signs = new Map<string, number[]>();
  for (const [label, name] of classes.entries()) {
    const file = join(lists, `${name}_${part}.txt`);
    for (const line of await readImageList(file)) {
      const [image, mark] = line.split(/\s+/);
      if (!['1', '0', '-1'].includes(mark)) {
        throw expectedInWords(`every line of ${file}`, 'an image and 1, 0 or −1', `"${line}"`);
      }
      const row = signs.get(image) ?? new Array<number>(classes.length).fill(-1);
      row[label] = Number(mark);
      signs.set(image, row);
    }
  }
  return { signs };
}

const text = (xml: string, tag: string) => new RegExp(`<${tag}>\\s*([^<]*?)\\s*</${tag}>`).exec(xml)?.[1];

/**
 * Boxes of an image from its XML file; VOC counts pixels from 1 and includes the last one. Objects marked difficult are
 * among them: which classes an image is tested for is what the lists say, and pointing at a difficult object of such a
 * class is right, in TorchRay's pointing game as in the usual programs for CorLoc.
 */
function boxesOf(xml: string, classes: readonly string[], path: string): LabelledBox[] {
  return [...xml.matchAll(/<object>([\s\S]*?)<\/object>/g)].flatMap(([, object]) => {
    const box = /<bndbox>([\s\S]*?)<\/bndbox>/.exec(object)?.[1] ?? '';
    const [left, top, right, bottom] = ['xmin', 'ymin', 'xmax', 'ymax'].map((tag) => Number(text(box, tag)));
    if (![left, top, right, bottom].every(Number.isFinite)) {
      throw expectedInWords(`the objects of ${path}`, 'with xmin, ymin, xmax and ymax', 'one without');
    }
    const label = classes.indexOf(text(object, 'name') ?? '');
    return label < 0 ? [] : [{ label, x: left - 1, y: top - 1, width: right - left + 1, height: bottom - top + 1 }];
  });
}

function annotationsIn(folder: string, classes: readonly string[]): Annotations {
  return {
    kind: 'boxes',
    async read(image) {
      const path = join(folder, `${basename(image, extname(image))}.xml`);
      try {
        return { boxes: boxesOf((await readPlainFile(path)).toString(), classes, path) };
      } catch (error) {
        if (error instanceof WeldonError) {
          throw error;
        }
        return null;
      }
    },
  };
}

/**
 * Pascal VOC, or anything laid out like it: `ImageSets/Main/<class>_<part>.txt` with 1, 0 (difficult) or −1 for each
 * image, `JPEGImages/*.jpg`, and boxes in `Annotations/*.xml` if there are any. Difficult pairs are no positives and are
 * left out of average precision.
 *
 * @throws WeldonError for lists or images that are missing
 *
 * @example
 * const voc = await readPascalVoc('VOCdevkit/VOC2007');
 */
export async function readPascalVoc(folder: string, options: ReadPascalVocOptions = {}): Promise<ExperimentData> {
  const { train = 'trainval', test = 'test', allowMissing = false } = options;
  const lists = join(folder, 'ImageSets', 'Main');
  const classes = await listedClasses(lists, train);
  const tested = await listedClasses(lists, test);
  if (classes.length === 0 || classes.join() !== tested.join()) {
    throw expectedInWords(
      `the lists in ${lists}`,
      `<class>_${train}.txt and <class>_${test}.txt for every class`,
      `${classes.length} for ${train} and ${tested.length} for ${test}`,
    );
  }
  const missing: string[] = [];
  const leftOut = new Map<string, readonly number[]>();
  const read = async (part: string): Promise<ImageDataSet> => {
    const { signs } = await readPart(lists, part, classes);
    const names = [...signs.keys()];
    const paths = await findListed(
      join(folder, 'JPEGImages'),
      names.map((name) => `${name}.jpg`),
    );
    const images = names.flatMap((name, i) => {
      const path = paths[i];
      if (path === null) {
        missing.push(name);
        return [];
      }
      const row = signs.get(name) as number[];
      const difficult = row.flatMap((mark, label) => (mark === 0 ? [label] : []));
      if (difficult.length > 0) {
        leftOut.set(path, difficult);
      }
      return [{ path, labels: row.flatMap((mark, label) => (mark === 1 ? [label] : [])) }];
    });
    return { name: folder, classes, multiLabel: true, images };
  };
  const split = { train: await read(train), test: await read(test) };
  if (missing.length > 0 && !allowMissing) {
    throw new WeldonError(
      `Expected the listed images to be in ${join(folder, 'JPEGImages')} but ${missing.length} are not: ` +
        `${someOf(missing, 5)}. Go on without them with --allow-missing`,
    );
  }
  const shared = await refuseShared([split], true);
  refuseUntested(split);
  const annotated = (await stat(join(folder, 'Annotations')).catch(() => null)) !== null;
  return {
    name: basename(resolve(folder)),
    classes,
    multiLabel: true,
    splits: [split],
    missing,
    leftOut,
    notices: [
      ...shared,
      ...(missing.length > 0 ? [`${missing.length} listed images are not there (${someOf(missing)})`] : []),
      ...(leftOut.size > 0
        ? [
            `Images in which a class is marked difficult, ${leftOut.size}: average precision of that ` +
              'class leaves them out; training takes them as not showing it',
          ]
        : []),
    ],
    ...(annotated ? { annotations: annotationsIn(join(folder, 'Annotations'), classes) } : {}),
  };
}
