import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import { bootstrapInterval } from '../../metrics/bootstrap.js';
import { intersectionOverUnion } from '../../metrics/localization/groundTruth.js';
import { meanOfKnown } from '../../metrics/averagePrecision.js';
import { rankingQuality } from '../../metrics/retrieval.js';
import type { RankingQuality } from '../../metrics/retrieval.js';
import type { Box } from '../../models/resizeMapping.js';
import { readCsvTable } from '../../node/datasets/csvTable.js';
import { imageFinder } from '../../node/images/listedFiles.js';
import { readSearchImage } from '../../node/images/searchImage.js';
import { toStderr } from '../../node/notice.js';
import { decodeText } from '../../node/readText.js';
import { searchImages } from '../../search/searchImages.js';
import { idOf } from '../index/itemTable.js';
import type { OpenForSearch } from './openForSearch.js';
import { openForSearch } from './openForSearch.js';
import { checkEvaluateOptions } from './options.js';
import type { EvaluateSearchOptions } from './options.js';

/** A metric of a search: its mean over the queries, with a 95 % interval. */
export interface SearchMetric {
  name: string;
  value: number;
  low: number;
  high: number;
}

/** One way to search, measured. */
export interface SearchMethod {
  name: string;
  metrics: SearchMetric[];
}

/** What {@link evaluateSearch} measures. */
export interface SearchEvaluation {
  queries: number;
  /** queries whose image cannot be read */
  unreadable: number;
  /** relevant items that are not in the catalogue; they count as not found */
  unknown: number;
  /** items of a ranking that are looked at; what is relevant beyond counts as not found */
  depth: number;
  /** the search as asked for, and the whole image alone */
  methods: SearchMethod[];
}

/** A query with what it should find. */
interface Truth {
  path: string;
  relevant: Set<string>;
  /** where it is in the query */
  boxes: Box[];
}

/** Items that a ranking goes down to. */
const deepest = 1000;

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

async function readTruth(
  file: string,
  { root }: OpenForSearch,
  ids: ReadonlySet<string>,
  notice: (sentence: string) => void,
): Promise<{ truths: Truth[]; unknown: number }> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw expectedInWords(file, 'a file of queries', error.code === 'ENOENT' ? 'no file of that name' : error.message);
  });
  const text = decodeText(bytes)?.text ?? '';
  const lines = text.trimStart().startsWith('{') ? linesOfJson(file, text) : await linesOfCsv(file, notice);
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

function metric(name: string, values: readonly number[]): SearchMetric {
  const { low, high } = bootstrapInterval(values.length, (members) =>
    meanOfKnown(Array.from(members, (i) => values[i])),
  );
  return { name, value: meanOfKnown(values), low, high };
}

/**
 * Measures a search: of queries for which it is known what they should find, how often and how far up that is found, with
 * 95 % bootstrap intervals over the queries, beside the comparison of whole images alone.
 *
 * @throws WeldonError for a file that cannot be read or has other columns, queries that are not there, and where none of
 *   the relevant items is in the catalogue
 *
 * @example
 * const { methods } = await evaluateSearch({ catalogue: 'catalogue', truth: 'truth.csv' });
 */
export async function evaluateSearch(options: EvaluateSearchOptions): Promise<SearchEvaluation> {
  checkEvaluateOptions(options);
  const { truth, windows, refine, size, filter, signal, notice = toStderr, onQueries } = options;
  const opened = await openForSearch(options);
  try {
    const { catalogue } = opened;
    const ids = new Set<string>();
    for await (const rows of catalogue.store.scan()) {
      rows.forEach(({ id }) => ids.add(id));
    }
    const { truths, unknown } = await readTruth(truth, opened, ids, notice);
    const pass = await opened.pass();
    const depth = Math.min(deepest, Math.max(1, ids.size));
    const methods = [
      { name: 'search', how: { windows, refine, size }, qualities: [] as RankingQuality[], overlaps: [] as number[] },
      { name: 'whole image', how: { windows: 0 }, qualities: [] as RankingQuality[], overlaps: [] as number[] },
    ];
    let unreadable = 0;
    for (const [i, { path, relevant, boxes }] of truths.entries()) {
      signal?.throwIfAborted();
      const image = await readSearchImage(path).catch((error: unknown) => {
        if (!(error instanceof WeldonError)) {
          throw error;
        }
        notice(error.message);
        return null;
      });
      if (image === null) {
        unreadable++;
        continue;
      }
      for (const { how, qualities, overlaps } of methods) {
        const { hits } = await searchImages(catalogue, pass, { image }, { ...how, k: depth, filter, signal });
        qualities.push(
          rankingQuality(
            hits.map(({ id }) => relevant.has(id)),
            relevant.size,
          ),
        );
        const best = hits[0]?.queryBox;
        overlaps.push(
          boxes.length === 0 || best == null ? NaN : Math.max(...boxes.map((box) => intersectionOverUnion(best, box))),
        );
      }
      onQueries?.(i + 1, truths.length);
    }
    return {
      queries: truths.length,
      unreadable,
      unknown,
      depth,
      methods: methods.map(({ name, qualities, overlaps }) => ({
        name,
        metrics: [
          metric(
            'R@1',
            qualities.map(({ hitAt }) => hitAt(1)),
          ),
          metric(
            'R@10',
            qualities.map(({ hitAt }) => hitAt(10)),
          ),
          metric(
            'P@10',
            qualities.map(({ precisionAt }) => precisionAt(10)),
          ),
          metric(
            'MRR',
            qualities.map(({ reciprocalRank }) => reciprocalRank),
          ),
          metric(
            'mAP',
            qualities.map(({ averagePrecision }) => averagePrecision),
          ),
          metric(
            'nDCG@10',
            qualities.map(({ ndcgAt10 }) => ndcgAt10),
          ),
          ...(overlaps.every(Number.isNaN) ? [] : [metric('box IoU', overlaps)]),
        ],
      })),
    };
  } finally {
    await opened.close();
  }
}
