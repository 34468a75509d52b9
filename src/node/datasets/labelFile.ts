import { stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { imageExtensions } from '../images/index.js';
import { readCsvTable } from './csvTable.js';
import { inParallel } from '../images/readImages.js';
import type { ImageDataSet } from './imageDataSet.js';
import { someOf } from './imageDataSet.js';
import type { LabelRow } from './labelColumns.js';
import { labelColumns } from './labelColumns.js';
import { checkClassSizes } from './checkImages.js';
import { refuseSharedImages } from './duplicates.js';

export interface ReadLabelFileOptions {
  /** Folder that the paths start from. Default: the file's own. */
  root?: string;
  /** Names of the classes in the order of their numbers. Default: the file's columns, or all labels, sorted. */
  classes?: readonly string[];
  /** What separates several labels of an image. Default: `;` or `|`, or blanks in a column called labels. */
  separator?: string;
  /** Whether an image may show several classes, or none. Default: whether one does, or the column is called labels. */
  multiLabel?: boolean;
  /** Images that every class must have where an image shows one. Default 2, or 0 with `classes`. */
  atLeast?: number;
}

function at({ path, line }: LabelRow): string {
  return `${path} (line ${line})`;
}

/** The file that a row means: as written, with the other slash, or with an extension that it leaves out. */
async function findFile(root: string, path: string): Promise<string | null> {
  const place = (name: string) => (isAbsolute(name) ? name : join(root, name));
  const slashed = path.replaceAll('\\', '/');
  const candidates = [place(path), place(slashed)];
  if (!imageExtensions.includes(extname(slashed).toLowerCase())) {
    candidates.push(...imageExtensions.map((extension) => place(slashed + extension)));
  }
  for (const candidate of candidates) {
    if ((await stat(candidate).catch(() => null))?.isFile()) {
      return candidate;
    }
  }
  return null;
}

function refuseDuplicates(file: string, rows: readonly LabelRow[], paths: readonly string[]): void {
  const lines = new Map<string, number[]>();
  paths.forEach((path, i) => lines.set(resolve(path), [...(lines.get(resolve(path)) ?? []), i]));
  const twice = [...lines.values()]
    .filter((places) => places.length > 1)
    .map((places) => `${rows[places[0]].path} (lines ${places.map((i) => rows[i].line).join(' and ')})`);
  if (twice.length > 0) {
    throw expectedInWords(
      file,
      'a list that has every image once',
      `${someOf(twice)}: several labels of an image go into one row, with ; between them`,
    );
  }
}

function refuseLabels(file: string, rows: readonly LabelRow[], classes: readonly string[], multiLabel: boolean): void {
  const odd = multiLabel ? [] : rows.filter(({ labels }) => labels.length !== 1);
  if (odd.length > 0) {
    const counts = odd.map((row) => `${at(row)} with ${row.labels.length === 0 ? 'none' : row.labels.length}`);
    throw expectedInWords(`every row of ${file}`, 'one with one label', someOf(counts));
  }
  const unknown = rows.flatMap((row) =>
    row.labels.filter((label) => !classes.includes(label)).map((label) => ({ row, label })),
  );
  if (unknown.length > 0) {
    throw expectedInWords(
      `the labels of ${file}`,
      `among the ${classes.length} classes`,
      someOf(unknown.map(({ row, label }) => `${label} on line ${row.line}`)) + nearestNames(unknown[0].label, classes),
    );
  }
}

/**
 * A data set listed in a CSV file (commas, tabs or semicolons), with or without a header, in one of these forms:
 * - path and label: `bar/1.jpg,bar`; several labels have `;` or `|` between them, or blanks in a column called labels.
 *   With more columns a header must call one of them label, class, tag or category;
 * - path and, under a header with the classes' names, a column of 0 and 1 per class;
 * - paths alone: the class is the folder in which the file lies.
 * Paths may leave out the extension. Nothing is decoded.
 *
 * @returns images in the order of the file
 * @throws WeldonError, one sentence with the lines: missing images, an image listed twice, unknown or missing labels,
 *   classes with too few images, the same image (by content) in two classes
 *
 * @example
 * const msrc = await readLabelFile('msrc_v2/labels.csv', { root: 'msrc_v2/images' }); // multiLabel: true
 */
export async function readLabelFile(csvFile: string, options: ReadLabelFileOptions = {}): Promise<ImageDataSet> {
  const { root = dirname(csvFile), separator } = options;
  const { rows, columns, several } = labelColumns(csvFile, await readCsvTable(csvFile), separator);
  const multiLabel = options.multiLabel ?? (several || rows.some(({ labels }) => labels.length > 1));
  const classes = options.classes ?? columns ?? [...new Set(rows.flatMap(({ labels }) => labels))].sort();
  refuseLabels(csvFile, rows, classes, multiLabel);
  const paths = await inParallel(rows, ({ path }) => findFile(root, path));
  const missing = rows.filter((_, i) => paths[i] === null);
  if (missing.length > 0) {
    throw new WeldonError(
      `Expected the images of ${csvFile} to be below ${root} but ${missing.length} of ${rows.length} ` +
        `are not there: ${someOf(missing.map(at))}. Check the paths, or name the folder that they start from`,
    );
  }
  refuseDuplicates(csvFile, rows, paths as string[]);
  const images = rows.map(({ labels }, i) => ({
    path: paths[i] as string,
    labels: [...new Set(labels.map((label) => classes.indexOf(label)))].sort((a, b) => a - b),
  }));
  const dataSet = { name: csvFile, classes: [...classes], multiLabel, images };
  if (!multiLabel) {
    checkClassSizes(dataSet, classes, options.atLeast ?? (options.classes === undefined ? 2 : 0));
    await refuseSharedImages(dataSet);
  }
  return dataSet;
}
