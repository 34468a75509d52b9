import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { expectedInWords, WeldonError } from '../../errors.js';

/** One row of a CSV file; blanks around cells are gone. */
export interface CsvRow {
  cells: string[];
  /** line of the file on which it ends, from 1 */
  line: number;
}

/** What separates cells: the first of these that the first line has. */
function delimiterOf(text: string): string {
  const [first] = text.split(/[\r\n]/, 1);
  return ['\t', ',', ';'].find((mark) => first.includes(mark)) ?? ',';
}

/**
 * Reads a CSV file: commas, tabs or semicolons, quotes, any line ends, with or without a newline at the end or a byte
 * order mark.
 *
 * @throws WeldonError for a file that cannot be read, has no rows, or rows of different lengths
 */
export async function readCsvTable(path: string): Promise<CsvRow[]> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      path,
      'a CSV file of labels',
      code === 'ENOENT'
        ? 'no file of that name: check the path'
        : code === 'EISDIR'
          ? 'a folder'
          : `one that cannot be read (${(error as Error).message})`,
    );
  }
  if (text.includes('\0')) {
    throw expectedInWords(path, 'a CSV file of labels', 'a file that is no text in UTF-8: save it as CSV');
  }
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      trim: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    if (records.length === 0) {
      throw expectedInWords(path, 'a CSV file of labels', 'one without rows');
    }
    return records.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    throw error instanceof WeldonError
      ? error
      : new WeldonError(`Cannot read the CSV file ${path}: ${(error as Error).message}`);
  }
}
