import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { readCsvTable } from '../../node/datasets/csvTable.js';
import { imageFinder } from '../../node/images/listedFiles.js';
import type { Notice } from '../../node/notice.js';
import type { Meta, MetaValue } from '../../search/metaFilter.js';

/** Fields that a bake writes itself; `put` names the image file of what a server was given. */
export const ownFields = ['folder', 'sha256', 'width', 'height', 'boxes', 'put'] as const;

export const isOwnField = (field: string) => (ownFields as readonly string[]).includes(field);

/** What is said of an item beside these. */
export function givenFields(meta: Meta): Meta {
  return Object.fromEntries(Object.entries(meta).filter(([field]) => !isOwnField(field)));
}

/** An image's name in a catalogue: its path from the catalogue's root, with `/` between folders. */
export function idOf(root: string, path: string): string {
  const name = relative(root, resolve(path)).replaceAll('\\', '/');
  return isAbsolute(name) ? resolve(path) : name;
}

const isNumber = (cell: string) => cell !== '' && Number.isFinite(Number(cell));
const isTruth = (cell: string) => cell === 'true' || cell === 'false';

/** Cells of a column as values of one kind: numbers, truths, or texts. */
function valuesOf(cells: readonly string[]): MetaValue[] {
  const given = cells.filter((cell) => cell !== '');
  if (given.length > 0 && given.every(isNumber)) {
    return cells.map((cell) => (cell === '' ? null : Number(cell)));
  }
  if (given.length > 0 && given.every(isTruth)) {
    return cells.map((cell) => (cell === '' ? null : cell === 'true'));
  }
  return cells.map((cell) => (cell === '' ? null : cell));
}

/**
 * What a CSV file says of images: in the first column a path, from the file's folder on, in the others what may be
 * filtered by, named in the first line. A column of numbers is numbers.
 *
 * @param notice told of lines whose image is not there
 * @returns by absolute path
 * @throws WeldonError for a file without columns, with one column twice, or one named as a field that the bake writes
 */
export async function readItemTable(file: string, notice: Notice): Promise<Map<string, Meta>> {
  const [head, ...rows] = await readCsvTable(file, notice);
  const fields = head.cells.slice(1);
  const odd = fields.find((field, i) => field === '' || fields.indexOf(field) !== i);
  if (fields.length === 0 || odd !== undefined) {
    throw expectedInWords(
      `the first line of ${file}`,
      'the names of its columns: a path, then each field once',
      fields.length === 0 ? 'one column' : odd === '' ? 'a column without a name' : `${odd} twice`,
    );
  }
  const taken = fields.find(isOwnField);
  if (taken !== undefined) {
    throw expectedInWords(`the columns of ${file}`, `none of ${ownFields.join(', ')}, which a bake writes`, taken);
  }
  const columns = fields.map((_, column) => valuesOf(rows.map(({ cells }) => cells[column + 1] ?? '')));
  const find = imageFinder(dirname(resolve(file)));
  const table = new Map<string, Meta>();
  const missing: number[] = [];
  for (const [i, { cells, line }] of rows.entries()) {
    const path = await find(cells[0]);
    if (path === null) {
      missing.push(line);
      continue;
    }
    table.set(resolve(path), Object.fromEntries(fields.map((field, column) => [field, columns[column][i]])));
  }
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join(', ');
    notice(
      `${file}: ${missing.length === 1 ? 'the image of 1 line is' : `the images of ${missing.length} lines are`} not there (line ${shown}${missing.length > 3 ? ' …' : ''})`,
    );
  }
  return table;
}
