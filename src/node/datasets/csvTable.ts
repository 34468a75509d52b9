import { parse } from 'csv-parse/sync';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { Notice } from '../notice.js';
import { isImageName } from '../images/imageNames.js';
import { readText } from '../readText.js';

/** One row of a CSV file; blanks around cells are gone. */
export interface CsvRow {
  cells: string[];
  /** line of the file on which it ends, from 1 */
  line: number;
}

/** Texts that come under the name of a table. */
const otherTexts: readonly [kind: string, start: RegExp][] = [
  ['a web page in its place: download it again', /^\s*<(!doctype html|html)/i],
  ['a Git LFS pointer in its place: git lfs pull fetches the file', /^version https:\/\/git-lfs/],
  ['JSON: save it as CSV', /^\s*(\{\s*"|\[\s*[{[])/],
];

/** What separates cells: the first of these that divides all of the first lines alike, or that the first line has. */
function delimiterOf(text: string): string {
  const lines = text
    .split(/[\r\n]+/, 21)
    .filter((line) => line.trim() !== '')
    .slice(0, 20)
    .map((line) => line.replace(/"[^"]*"/g, ''));
  const marks = ['\t', ',', ';'].filter((mark) => lines.some((line) => line.includes(mark)));
  const counts = (mark: string) => new Set(lines.map((line) => line.split(mark).length));
  const isDividedByBars = marks.length === 0 && lines.every((line) => line.includes('|')) && counts('|').size === 1;
  return (
    marks.find((mark) => counts(mark).size === 1) ??
    marks.find((mark) => lines[0].includes(mark)) ??
    (isDividedByBars ? '|' : ',')
  );
}

/** Lists of `path label` with blanks between, as those of ImageNet and Places365 are, with tabs. */
function withTabs(text: string): string {
  const lines = text.split(/\r\n|[\r\n]/);
  const parts = lines.map((line) => /^\s*([^\t,;|"]*\S) +([^\s,;|"]+)\s*$/.exec(line));
  const isList =
    parts.some((part) => part !== null) &&
    parts.every((part, i) => lines[i].trim() === '' || (part !== null && isImageName(part[1])));
  return isList ? parts.map((part) => (part === null ? '' : `${part[1]}\t${part[2]}`)).join('\n') : text;
}

/** Rows as long as the first; what spreadsheets leave behind, commas with nothing between, goes. */
function evenRows(path: string, what: string, rows: CsvRow[]): CsvRow[] {
  const width = rows[0].cells.length;
  const filled = rows.filter(({ cells }) => cells.some((cell) => cell !== ''));
  for (const { cells, line } of filled) {
    if (cells.length < width || cells.slice(width).some((cell) => cell !== '')) {
      throw expectedInWords(
        path,
        `${what}, every row of ${width} ${width === 1 ? 'cell' : 'cells'} like the first`,
        `${cells.length} on line ${line}: cells with a comma in them go between double quotes`,
      );
    }
  }
  return filled.map(({ cells, line }) => ({ cells: cells.slice(0, width), line }));
}

/**
 * Reads a CSV file: commas, tabs, semicolons or bars, or lines of an image's path, a blank and a word; quotes, any line
 * ends, with or without a newline at the end or a byte order mark, in the encodings of `readText`. Rows without content
 * and empty cells behind the last column are passed over.
 *
 * @param what for the sentences
 * @throws WeldonError for a file that cannot be read, has no rows, or rows of different lengths
 */
export async function readCsvTable(path: string, notice?: Notice, what = 'a CSV file of labels'): Promise<CsvRow[]> {
  const whole = (await readText(path, what, { notice, remedy: 'save it as CSV' })).replace(
    /^\uFEFF?("?sep=."?(?=[\r\n]))?/i, // the second is Excel's
    '',
  );
  const other = otherTexts.find(([, start]) => start.test(whole.slice(0, 1000)));
  if (other !== undefined) {
    throw expectedInWords(path, what, other[0]);
  }
  const text = withTabs(whole);
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      trim: true,
      relax_quotes: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    if (records.length === 0) {
      throw expectedInWords(path, what, 'one without rows');
    }
    const rows = records.map(({ record, info }) => ({ cells: record, line: info.lines }));
    return evenRows(path, what, rows);
  } catch (error) {
    throw error instanceof WeldonError
      ? error
      : new WeldonError(`Cannot read the CSV file ${path}: ${(error as Error).message}`);
  }
}
