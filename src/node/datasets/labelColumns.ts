import { expectedInWords } from '../../errors.js';
import { isImageName } from '../images/imageNames.js';
import type { Notice } from '../notice.js';
import type { CsvRow } from './csvTable.js';
import { cleanName, someOf } from './imageDataSet.js';
import { splitLabels } from './splitLabels.js';

/** A row of a label file, its labels still names. */
export interface LabelRow {
  path: string;
  labels: string[];
  line: number;
}

export interface LabelColumns {
  rows: LabelRow[];
  /** the classes in the order of the file's columns; `null` where labels are names in rows */
  columns: string[] | null;
  /** whether the file says that an image may show several classes, whatever its rows hold */
  several: boolean;
}

export interface LabelColumnsOptions {
  separator?: string;
  multiLabel?: boolean;
  /** whether a cell leads to a file */
  isThere: (path: string) => Promise<boolean>;
  notice: Notice;
}

const fileWords = new Set(
  (
    'image images img imgs picture pictures photo photos path paths file files filepath filepaths filename filenames ' +
    'fname name names id ids uid index idx code url'
  ).split(' '),
);
const clearWords = new Set('label labels class classes tag tags category categories target targets'.split(' '));
const labelWords = new Set([...clearWords, ...'diagnosis finding findings species breed y truth'.split(' ')]);
const severalWords = new Set('labels classes tags categories'.split(' '));
/** What columns say beside the label. */
const otherWords = new Set(
  'split fold set subset partition usage dataset phase sex gender age patient view side source site camera user'.split(
    ' ',
  ),
);

/** The words of a column's name, `ImageID` and `image_id` alike; what stands in brackets is an explanation. */
function wordsOf(cell: string): string[] {
  return cell
    .replace(/\(.*/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function isFileColumn(cell: string): boolean {
  const words = wordsOf(cell);
  return words.length > 0 && !isImageName(cell) && words.every((word) => fileWords.has(word));
}

function isLabelColumn(cell: string, among: ReadonlySet<string>): boolean {
  const words = wordsOf(cell);
  return words.some((word) => among.has(word)) && words.every((word) => labelWords.has(word) || fileWords.has(word));
}

const isWhole = (cell: string) => /^\d+$/.test(cell);
const isNumber = (cell: string) => cell !== '' && Number.isFinite(Number(cell));

/** Up to twenty rows from all over a file, so that columns can be tried on the disk. */
function sampleOf(rows: readonly CsvRow[]): CsvRow[] {
  const step = Math.max(1, Math.floor(rows.length / 20));
  return rows.filter((_, i) => i % step === 0).slice(0, 20);
}

/** The column with the images: names that end like images', else files that are there, else by the header. */
async function findPathColumn(table: readonly CsvRow[], isThere: LabelColumnsOptions['isThere']): Promise<number> {
  const [{ cells: first }, ...rest] = table;
  const body = rest.length === 0 ? table : rest;
  const all = [...first.keys()];
  const named = (columns: number[]) => columns.find((i) => isFileColumn(first[i]));
  const ending = all.filter((i) => 2 * body.filter(({ cells }) => isImageName(cells[i])).length >= body.length);
  if (ending.length > 0) {
    return named(ending) ?? ending[0];
  }
  const hits: number[] = [];
  for (const i of all) {
    const there = await Promise.all(sampleOf(body).map(({ cells }) => isThere(cells[i])));
    hits.push(there.filter(Boolean).length);
  }
  const most = Math.max(...hits);
  return most > 0
    ? (named(all.filter((i) => hits[i] === most)) ?? hits.indexOf(most))
    : (named(all.filter((i) => first[i] !== '' && !isLabelColumn(first[i], clearWords))) ?? 0);
}

/** Whether the first row names the columns. */
async function hasHeader(
  [{ cells: first }, ...body]: readonly CsvRow[],
  path: number,
  isThere: LabelColumnsOptions['isThere'],
): Promise<boolean> {
  if (isImageName(first[path])) {
    return false;
  }
  if (isFileColumn(first[path]) || body.some(({ cells }) => isImageName(cells[path]))) {
    return true;
  }
  if (await isThere(first[path])) {
    return false;
  }
  const sample = sampleOf(body);
  const there = await Promise.all(sample.map(({ cells }) => isThere(cells[path])));
  return (
    (sample.length > 0 && 2 * there.filter(Boolean).length > sample.length) ||
    first.some((cell, i) => i !== path && isLabelColumn(cell, clearWords))
  );
}

/** A column that counts the rows, as pandas writes it. */
function isIndex(header: readonly string[] | null, body: readonly CsvRow[], column: number): boolean {
  const values = body.map(({ cells }) => cells[column]);
  const nameless = header !== null && (/^unnamed: ?\d+/i.test(header[column]) || (column === 0 && header[0] === ''));
  const counts = values.every((value, i) => isWhole(value) && Number(value) === Number(values[0]) + i);
  return values.every(isWhole) && (nameless || (column === 0 && counts));
}

/** The name of the folder in which a file of a list lies. */
function folderOf(path: string): string[] {
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  return parts.length < 2 ? [] : [cleanName(parts[parts.length - 2])];
}

/** The column with the labels. */
function findLabelColumn(
  file: string,
  header: readonly string[] | null,
  body: readonly CsvRow[],
  columns: readonly number[],
  notice: Notice,
): number {
  if (columns.length === 1) {
    return columns[0];
  }
  const inWords = (column: number) => body.some(({ cells }) => cells[column] !== '' && !isNumber(cells[column]));
  if (header !== null) {
    for (const words of [clearWords, labelWords]) {
      const named = columns.filter((i) => isLabelColumn(header[i], words));
      const loosely = named.length > 0 ? named : columns.filter((i) => words.has(wordsOf(header[i])[0]));
      if (loosely.length > 0) {
        return loosely.find(inWords) ?? loosely[0];
      }
    }
    const repeated = columns.filter(
      (i) =>
        inWords(i) &&
        new Set(body.map(({ cells }) => cells[i])).size <= body.length / 2 &&
        !wordsOf(header[i]).some((word) => otherWords.has(word)),
    );
    if (repeated.length === 1 && !columns.some((i) => areFlags(body, [i]))) {
      notice(`The labels of ${file} are taken from its column ${header[repeated[0]]}: call the right one label if not`);
      return repeated[0];
    }
  }
  throw expectedInWords(
    `the columns of ${file}`,
    'path and label, with a header that calls one of them label, or with 0 or 1 for every class',
    header === null ? `${body[0].cells.length} columns without a header` : `${header.slice(0, 4).join(', ')} …`,
  );
}

const isYes = (cell: string) => /^(1(\.0*)?|true)$/i.test(cell);
const isNo = (cell: string) => /^(0(\.0*)?|false)$/i.test(cell);
const isMinus = (cell: string) => /^-1(\.0*)?$/.test(cell);

/** Whether columns hold 0 and 1, `1.0`, `True`, or -1 and 1. */
function areFlags(body: readonly CsvRow[], columns: readonly number[]): boolean {
  const values = new Set(body.flatMap(({ cells }) => columns.map((i) => cells[i])));
  const [no, minus] = [[...values].some(isNo), [...values].some(isMinus)];
  return !(no && minus) && [...values].every((value) => isYes(value) || isNo(value) || isMinus(value));
}

function refuseColumnNames(file: string, names: readonly string[]): void {
  const empty = names.indexOf('');
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (empty >= 0 || twice.length > 0) {
    throw expectedInWords(
      `the header of ${file}`,
      'one name for each class, each once',
      empty >= 0 ? 'a column without a name' : `${someOf(twice)} twice`,
    );
  }
}

/**
 * Finds paths and labels in the rows of a file, whatever their order and the names of the columns:
 * - a header and a column of 0 and 1 per class;
 * - a column with the label: the only one beside the path, or the one that the header calls label, class, tag, category,
 *   target or the like; how several labels are told apart, `splitLabels` says;
 * - paths alone: the class is the folder in which the file lies.
 * A column that counts the rows is passed over.
 */
export async function labelColumns(
  file: string,
  table: readonly CsvRow[],
  { separator, multiLabel, isThere, notice }: LabelColumnsOptions,
): Promise<LabelColumns> {
  const path = await findPathColumn(table, isThere);
  const header = (await hasHeader(table, path, isThere)) ? table[0].cells : null;
  const body = header === null ? table : table.slice(1);
  if (body.length === 0) {
    throw expectedInWords(file, 'a CSV file of labels', 'a header without rows');
  }
  const beside = [...table[0].cells.keys()].filter((i) => i !== path);
  const filled = beside.filter((i) => body.some(({ cells }) => cells[i] !== ''));
  const telling = filled.filter((i) => !isIndex(header, body, i));
  const others = telling.length > 0 || body.length < 2 ? telling : beside;
  if (beside.length === 0) {
    return {
      columns: null,
      several: false,
      rows: body.map(({ cells, line }) => ({ path: cells[path], labels: folderOf(cells[path]), line })),
    };
  }
  const named = others.filter((i) => header !== null && isLabelColumn(header[i], labelWords));
  const perClass =
    header !== null &&
    (others.length > 1 || multiLabel === true) &&
    (named.length === 0 || (others.length > 1 && named.length === others.length)) &&
    areFlags(body, others);
  if (perClass) {
    const columns = others.map((i) => cleanName(header[i]));
    refuseColumnNames(file, columns);
    const rows = body.map(({ cells, line }) => ({
      path: cells[path],
      labels: columns.filter((_, i) => isYes(cells[others[i]])),
      line,
    }));
    return { columns, several: false, rows };
  }
  const column = findLabelColumn(file, header, body, others.length === 0 ? beside : others, notice);
  const plural = header !== null && wordsOf(header[column]).some((word) => severalWords.has(word));
  const { labels, lists } = splitLabels(
    file,
    body.map(({ cells }) => cells[column]),
    { plural, separator, notice },
  );
  return {
    columns: null,
    several: plural || lists,
    rows: body.map(({ cells, line }, i) => ({ path: cells[path], line, labels: labels[i] })),
  };
}
