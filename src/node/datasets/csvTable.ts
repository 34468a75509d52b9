import { parse } from 'csv-parse/sync';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { Notice } from '../notice.js';
import { readText } from '../readText.js';

/** One row of a CSV file; blanks around cells are gone. */
export interface CsvRow {
  cells: string[];
  /** line of the file on which it ends, from 1 */
  line: number;
}

/** What separates cells: the first of these that divides all of the first lines alike, or that the first line has. */
function delimiterOf(text: string): string {
  const lines = text
    .split(/[\r\n]+/, 21)
    .filter((line) => line.trim() !== '')
    .slice(0, 20)
    .map((line) => line.replace(/"[^"]*"/g, ''));
  const marks = ['\t', ',', ';'].filter((mark) => lines.some((line) => line.includes(mark)));
  const counts = (mark: string) => new Set(lines.map((line) => line.split(mark).length));
  return marks.find((mark) => counts(mark).size === 1) ?? marks.find((mark) => lines[0].includes(mark)) ?? ',';
}

/**
 * Reads a CSV file: commas, tabs or semicolons, quotes, any line ends, with or without a newline at the end or a byte
 * order mark, in the encodings of `readText`.
 *
 * @param what for the sentences
 * @throws WeldonError for a file that cannot be read, has no rows, or rows of different lengths
 */
export async function readCsvTable(path: string, notice?: Notice, what = 'a CSV file of labels'): Promise<CsvRow[]> {
  const text = (await readText(path, what, { notice, remedy: 'save it as CSV' })).replace(
    /^\uFEFF?("?sep=."?(?=[\r\n]))?/i, // the second is Excel's
    '',
  );
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      trim: true,
      relax_quotes: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    if (records.length === 0) {
      throw expectedInWords(path, what, 'one without rows');
    }
    return records.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    throw error instanceof WeldonError
      ? error
      : new WeldonError(`Cannot read the CSV file ${path}: ${(error as Error).message}`);
  }
}
