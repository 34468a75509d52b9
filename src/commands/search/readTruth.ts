/** Which items queries should find: a CSV or JSON file. */
import { dirname, resolve } from 'node:path';
import { expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import type { Box } from '../../models/resizeMapping.js';
import { readCsvTable } from '../../node/datasets/csvTable.js';
import { imageFinder } from '../../node/images/listedFiles.js';
import { readText } from '../../node/readText.js';
import { idOf } from '../index/itemTable.js';
import type { OpenForSearch } from './openForSearch.js';

/** A query with what it should find. */
export interface Truth {
  path: string;
  relevant: Set<string>;
  /** where it is in the query */
  boxes: Box[];
}

/** A line of the file: a query, a relevant item, perhaps a box. */
interface TruthLine {
  query: string;
  relevant: string;
  box: Box | null;
  /** for sentences */
  where: string;
}

function linesOfJson(file: string, text: string): TruthLine[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw expectedInWords(
      file,
      'a JSON object query → item or items',
      `text that is not JSON (${(error as Error).message})`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw expectedInWords(
      file,
      'a JSON object query → item or items',
      Array.isArray(parsed) ? 'a list' : String(parsed),
    );
  }
  return Object.entries(parsed).flatMap(([query, items]: [string, unknown]) => {
    const list = Array.isArray(items) ? (items as unknown[]) : [items];
    return list.map((relevant) => {
      if (typeof relevant !== 'string') {
        throw expectedInWords(
          `${JSON.stringify(query)} in ${file}`,
          'an item or a list of items',
          JSON.stringify(items),
        );
      }
      return { query, relevant, box: null, where: file };
    });
  });
}

async function linesOfCsv(file: string, notice: (sentence: string) => void): Promise<TruthLine[]> {
  const [head, ...rows] = await readCsvTable(file, notice);
  const names = head.cells.map((cell) => cell.toLowerCase());
  const corners = ['x0', 'y0', 'x1', 'y1'].map((name) => names.indexOf(name));
  const [query, relevant] = [names.indexOf('query'), names.indexOf('relevant')];
  const boxes = corners.filter((at) => at >= 0).length;
  if (query < 0 || relevant < 0 || (boxes > 0 && boxes < 4)) {
    throw expectedInWords(
      `the columns of ${file}`,
      'query, relevant and, if wanted, x0, y0, x1, y1',
      head.cells.join(', '),
    );
  }
  return rows.map(({ cells, line }) => {
    const numbers = boxes === 4 ? corners.map((at) => cells[at] ?? '') : [];
    const given = numbers.some((cell) => cell !== '');
    const [x0, y0, x1, y1] = numbers.map(Number);
    if (given && !(x1 > x0 && y1 > y0)) {
      throw expectedInWords(`line ${line} of ${file}`, 'a box with x0 < x1 and y0 < y1', numbers.join(', '));
    }
    return {
      query: cells[query],
      relevant: cells[relevant],
      box: given ? { x: x0, y: y0, width: x1 - x0, height: y1 - y0 } : null,
      where: `line ${line} of ${file}`,
    };
  });
}

/**
 * @param ids of the catalogue
 * @throws WeldonError for a file that cannot be read or has other columns, queries that are not there, and where none of
 *   the relevant items is in the catalogue
 */
export async function readTruth(
  file: string,
  { root }: OpenForSearch,
  ids: ReadonlySet<string>,
  notice: (sentence: string) => void,
): Promise<{ truths: Truth[]; unknown: number }> {
  // What is guessed of the encoding is told by the reader of CSV.
  const text = await readText(file, 'a file of queries', { notice: () => undefined });
  const isJson = /^\s*[[{]/.test(text) || /\.json$/i.test(file);
  const lines = isJson ? linesOfJson(file, text) : await linesOfCsv(file, notice);
  const folder = dirname(resolve(file));
  const find = imageFinder(folder);
  const truths = new Map<string, Truth>();
  let unknown = 0;
  for (const { query, relevant, box, where } of lines) {
    const path = await find(query);
    if (path === null) {
      throw expectedInWords(`the query of ${where}`, 'an image file', `${JSON.stringify(query)}, which is not there`);
    }
    const byPath = idOf(root, resolve(folder, relevant));
    const id = ids.has(byPath) ? byPath : relevant;
    unknown += ids.has(id) ? 0 : 1;
    const truth = truths.get(path) ?? { path, relevant: new Set<string>(), boxes: [] };
    truth.relevant.add(id);
    truth.boxes.push(...(box === null ? [] : [box]));
    truths.set(path, truth);
  }
  if (truths.size === 0) {
    throw expectedInWords(file, 'a file with queries', 'one without');
  }
  if (unknown === lines.length) {
    throw new WeldonError(
      `Expected relevant items of ${file} to be in the catalogue but received ${JSON.stringify(lines[0].relevant)}` +
        nearestNames(lines[0].relevant, [...ids].slice(0, 5000)),
    );
  }
  return { truths: [...truths.values()], unknown };
}
