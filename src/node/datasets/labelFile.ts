import { dirname, resolve } from 'node:path';
import { checkKeys, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { readCsvTable } from './csvTable.js';
import { inParallel } from '../images/readImages.js';
import type { Notice } from '../notice.js';
import { toStderr } from '../notice.js';
import type { ImageDataSet } from './imageDataSet.js';
import { classFinder, someOf, tellNearNames } from './imageDataSet.js';
import type { LabelRow } from './labelColumns.js';
import { labelColumns } from './labelColumns.js';
import { imageFinder } from '../images/listedFiles.js';
import { checkClassSizes } from './checkImages.js';
import { refuseSharedImages } from './duplicates.js';

export interface ReadLabelFileOptions {
  /** Folder that the paths start from. Default: the file's own. */
  root?: string;
  /** Names of the classes in the order of their numbers. Default: the file's columns, or all labels, sorted. */
  classes?: readonly string[];
  /**
   * What separates several labels of an image. Default: `;` or `|`; in a column called labels also `,`, and blanks where
   * its cells show that they stand between labels.
   */
  separator?: string;
  /** Whether an image may show several classes, or none. Default: whether one does, or the column is called labels. */
  multiLabel?: boolean;
  /** Images that every class must have where an image shows one. Default 2, or 0 with `classes`. */
  atLeast?: number;
  /** Takes a sentence about what was guessed: the encoding, a column, where labels end. Default: a line on stderr. */
  notice?: Notice;
}

function at({ path, line }: LabelRow): string {
  return `${path} (line ${line})`;
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
  const numberOf = classFinder(classes);
  const unknown = rows.flatMap((row) =>
    row.labels.filter((label) => numberOf(label) < 0).map((label) => ({ row, label })),
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
 * A data set listed in a CSV file (commas, tabs, semicolons, bars, or a blank behind each path; UTF-8, UTF-16 or Windows-1252), with or without a header, in
 * one of these forms:
 * - path and label, in any order: `bar/1.jpg,bar`. The paths are found by what they are. With more columns a header must
 *   call one of them label, class, tag, category, target or the like. Several labels have `;` or `|` between them or are
 *   a list in Python's writing, `['hat', 'shoes']`; in a column called labels `,` separates too, and so do blanks where
 *   its cells show that they stand between labels;
 * - path and, under a header with the classes' names, a column of 0 and 1 (`1.0`, `True`, -1 and 1) per class;
 * - paths alone: the class is the folder in which the file lies.
 * Paths may leave out the extension, and differ from the disk in case or in how accents are written. A column that
 * counts the rows is passed over. Nothing is decoded.
 *
 * @returns images in the order of the file
 * @throws WeldonError, one sentence with the lines: missing images, an image listed twice, unknown or missing labels,
 *   classes with too few images, the same image (by content) in two classes
 *
 * @example
 * const msrc = await readLabelFile('msrc_v2/labels.csv', { root: 'msrc_v2/images' }); // multiLabel: true
 */
export async function readLabelFile(csvFile: string, options: ReadLabelFileOptions = {}): Promise<ImageDataSet> {
  checkKeys(options, 'root classes separator multiLabel atLeast notice', 'readLabelFile');
  const { root = dirname(csvFile), separator, notice = toStderr } = options;
  const find = imageFinder(root);
  const { rows, columns, several } = await labelColumns(csvFile, await readCsvTable(csvFile, notice), {
    separator,
    multiLabel: options.multiLabel,
    isThere: async (path) => (await find(path)) !== null,
    notice,
  });
  const multiLabel = options.multiLabel ?? (several || rows.some(({ labels }) => labels.length > 1));
  const classes = options.classes ?? columns ?? [...new Set(rows.flatMap(({ labels }) => labels))].sort();
  refuseLabels(csvFile, rows, classes, multiLabel);
  const paths = await inParallel(rows, ({ path }) => find(path));
  const missing = rows.filter((_, i) => paths[i] === null);
  if (missing.length > 0) {
    throw new WeldonError(
      `Expected the images of ${csvFile} to be below ${root} but ${missing.length} of ${rows.length} ` +
        `are not there: ${someOf(missing.map(at))}. ` +
        (missing.every(({ path }) => /^(https?|s3|gs):\/\//i.test(path))
          ? 'Addresses are not fetched: download the images, and put their files here'
          : 'Check the paths, or name the folder that they start from') +
        (missing[0] === rows[0] && rows[0].line === 1 && rows.length > 1
          ? '; if line 1 is a header, it should call the columns image and label'
          : ''),
    );
  }
  refuseDuplicates(csvFile, rows, paths as string[]);
  const numberOf = classFinder(classes);
  const images = rows.map(({ labels }, i) => ({
    path: paths[i] as string,
    labels: [...new Set(labels.map(numberOf))].sort((a, b) => a - b),
  }));
  const dataSet = { name: csvFile, classes: [...classes], multiLabel, images };
  tellNearNames(csvFile, classes, notice);
  if (!multiLabel) {
    checkClassSizes(dataSet, classes, options.atLeast ?? (options.classes === undefined ? 2 : 0));
    await refuseSharedImages(dataSet);
  }
  return dataSet;
}
