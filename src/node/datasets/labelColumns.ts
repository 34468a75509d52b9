import { expectedInWords } from '../../errors.js';
import type { CsvRow } from './csvTable.js';

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

const pathNames = ['image', 'images', 'img', 'path', 'filepath', 'file', 'filename', 'name', 'picture', 'photo', 'id'];
const labelName = /^(label|class|tag|category)\b/i;
const labelsName = /^(labels|classes|tags|categories)\b/i;

function isHeader([first]: readonly string[]): boolean {
  return pathNames.includes(first.toLowerCase().replace(/^image[_ ]|[_ ]/g, ''));
}

/** The name of the folder in which a file of a list lies. */
function folderOf(path: string): string[] {
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  return parts.length < 2 ? [] : [parts[parts.length - 2]];
}

/** The column with the labels. */
function findLabelColumn(file: string, header: readonly string[] | null, width: number): number {
  const named = header?.findIndex((cell, i) => i > 0 && (labelName.test(cell) || labelsName.test(cell))) ?? -1;
  if (named < 0 && width > 2) {
    throw expectedInWords(
      `the columns of ${file}`,
      'path and label, with a header that calls one of them label, or with 0 or 1 for every class',
      header === null ? `${width} columns without a header` : `${header.slice(0, 4).join(', ')} …`,
    );
  }
  return named < 0 ? 1 : named;
}

/**
 * Finds paths and labels in the rows of a file:
 * - a header and a column of 0 and 1 per class;
 * - a column with the label, the second one or the one that the header calls label, class, tag or category; several
 *   labels have `;` or `|` between them, or blanks in a column called labels, classes, tags or categories;
 * - paths alone: the class is the folder in which the file lies.
 */
export function labelColumns(file: string, table: readonly CsvRow[], separator?: string): LabelColumns {
  const header = isHeader(table[0].cells) ? table[0].cells : null;
  const body = header === null ? table : table.slice(1);
  const width = table[0].cells.length;
  if (body.length === 0) {
    throw expectedInWords(file, 'a CSV file of labels', 'a header without rows');
  }
  if (width === 1) {
    return {
      columns: null,
      several: false,
      rows: body.map(({ cells: [path], line }) => ({ path, labels: folderOf(path), line })),
    };
  }
  const binary =
    header !== null &&
    (width > 2 || !(labelName.test(header[1]) || labelsName.test(header[1]))) &&
    body.every(({ cells }) => cells.slice(1).every((cell) => cell === '0' || cell === '1'));
  if (binary) {
    const columns = header.slice(1);
    const rows = body.map(({ cells: [path, ...flags], line }) => ({
      path,
      labels: columns.filter((_, i) => flags[i] === '1'),
      line,
    }));
    return { columns, several: false, rows };
  }
  const column = findLabelColumn(file, header, width);
  const several = header !== null && labelsName.test(header[column]);
  const marked = body.some(({ cells }) => /[;|]/.test(cells[column]));
  const between = separator ?? (several && !marked ? /\s+/ : /[;|]/);
  return {
    columns: null,
    several,
    rows: body.map(({ cells, line }) => ({
      path: cells[0],
      line,
      labels: cells[column]
        .split(between)
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    })),
  };
}
