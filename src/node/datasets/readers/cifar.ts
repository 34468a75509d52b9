import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { recordPath, recordSize } from '../../images/imageRecords.js';
import { readText } from '../../readText.js';
import type { ImageDataSet } from '../imageDataSet.js';
import type { ExperimentData } from './splits.js';
import { refuseShared, refuseUntested } from './splits.js';

/** Files of images to train on, in order, and to measure on. */
const trainFile = /^(train|data_batch_\d+)\.bin$/i;
const testFile = /^(test|test_batch)\.bin$/i;
/** Names of the classes, one a line: of this package's data sets, of CIFAR-10, of CIFAR-100. */
const nameFiles = ['classes.txt', 'batches.meta.txt', 'fine_label_names.txt'];

async function filesIn(folder: string, wanted: RegExp): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => wanted.test(name));
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(folder, name));
}

/** Whether a folder holds files of CIFAR's format to train on. */
export async function holdsCifar(folder: string): Promise<boolean> {
  return (await filesIn(folder, trainFile)).length > 0;
}

async function namesIn(folder: string): Promise<string[] | null> {
  for (const name of nameFiles) {
    const text = await readText(join(folder, name), 'names of classes').catch(() => null);
    if (text !== null) {
      return text
        .split(/\r\n|\n|\r/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
    }
  }
  return null;
}

/** The label of each image: the last one before its pixels, the fine one of CIFAR-100. */
async function labelsOf(file: string): Promise<number[]> {
  const size = await recordSize(file);
  const bytes = await readFile(file);
  return Array.from({ length: bytes.length / size }, (_, i) => bytes[(i + 1) * size - 3 * 32 * 32 - 1]);
}

/**
 * Images of CIFAR's binary files as a data set: records of 3073 bytes (CIFAR-10: class, then red, green, blue of 32 × 32
 * pixels) or 3074 (CIFAR-100: two classes, of which the second, finer one counts). Names of classes come from
 * `classes.txt`, `batches.meta.txt` or `fine_label_names.txt` beside them; without one, classes are called by number.
 *
 * @param files of one folder, or one file
 * @param name what sentences call the data set
 * @throws WeldonError for a file cut short or of another record size, files of different ones, and a label without name
 */
export async function readCifarFiles(files: readonly string[], name: string): Promise<ImageDataSet> {
  const sizes = await Promise.all(files.map(recordSize));
  const odd = sizes.findIndex((size) => size !== sizes[0]);
  if (odd >= 0) {
    throw expectedInWords(files[odd], `records of ${sizes[0]} bytes, as ${files[0]} has`, `records of ${sizes[odd]}`);
  }
  const labels = await Promise.all(files.map(labelsOf));
  const names = await namesIn(join(files[0], '..'));
  const highest = Math.max(...labels.map((of) => of.reduce((most, label) => Math.max(most, label), 0)));
  const classes = names ?? Array.from({ length: highest + 1 }, (_, i) => `${i}`);
  const images = files.flatMap((file, f) =>
    labels[f].map((label, record) => {
      if (label >= classes.length) {
        throw expectedInWords(
          `image ${record} of ${file}`,
          `of one of the ${classes.length} classes`,
          `class number ${label}: its records are of another kind, or names of classes are missing`,
        );
      }
      return { path: recordPath(file, record), labels: [label] };
    }),
  );
  return { name, classes, multiLabel: false, images };
}

/**
 * Images to train on, of a folder in CIFAR's format (`train.bin` or `data_batch_*.bin`).
 *
 * @throws WeldonError as `readCifarFiles`
 */
export async function readCifarTrain(folder: string): Promise<ImageDataSet> {
  return readCifarFiles(await filesIn(folder, trainFile), folder);
}

/**
 * A folder in CIFAR's format, divided as it is: `train.bin` or `data_batch_*.bin`, and `test.bin` or `test_batch.bin`.
 *
 * @param allowShared go on where images are in both, and tell
 * @throws WeldonError as `readCifarFiles`, and where one of the halves is missing
 *
 * @example
 * const { splits } = await readCifar('cifar-10-batches-bin');
 */
export async function readCifar(folder: string, allowShared = false): Promise<ExperimentData> {
  const [trained, tested] = await Promise.all([filesIn(folder, trainFile), filesIn(folder, testFile)]);
  for (const [files, what] of [
    [trained, 'train.bin or data_batch_1.bin'],
    [tested, 'test.bin or test_batch.bin'],
  ] as const) {
    if (files.length === 0) {
      throw expectedInWords(folder, `a folder with ${what}, in CIFAR's format`, 'one without');
    }
  }
  const all = await readCifarFiles([...trained, ...tested], folder);
  const ofTraining = new Set(trained);
  const isTrained = ({ path }: { path: string }) => ofTraining.has(path.slice(0, path.lastIndexOf('#')));
  const split = {
    train: { ...all, images: all.images.filter(isTrained) },
    test: { ...all, images: all.images.filter((image) => !isTrained(image)) },
  };
  refuseUntested(split);
  const notices = await refuseShared([split], allowShared);
  return {
    name: basename(resolve(folder)),
    classes: all.classes,
    multiLabel: false,
    splits: [split],
    missing: [],
    notices,
  };
}
