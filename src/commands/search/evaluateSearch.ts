import { WeldonError } from '../../errors.js';
import { bootstrapInterval } from '../../metrics/bootstrap.js';
import { meanOfKnown } from '../../metrics/averagePrecision.js';
import { intersectionOverUnion } from '../../metrics/localization/groundTruth.js';
import { rankingQuality } from '../../metrics/retrieval.js';
import type { RankingQuality } from '../../metrics/retrieval.js';
import type { SearchableImage } from '../../search/embedImages.js';
import { inParallel } from '../../node/images/readImages.js';
import { readSearchImage } from '../../node/images/searchImage.js';
import { toStderr } from '../../node/notice.js';
import { searchImages } from '../../search/searchImages.js';
import type { SearchResult } from '../../search/searchImages.js';
import type { MeasuredQuery } from './evaluationPage.js';
import { exampleOf, writeEvaluationPage } from './evaluationPage.js';
import { openForSearch } from './openForSearch.js';
import { checkEvaluateOptions } from './options.js';
import type { EvaluateSearchOptions } from './options.js';
import { readTruth } from './readTruth.js';
import type { Truth } from './readTruth.js';
import type { SearchEvaluation, SearchMetric } from './searchReport.js';

/** Items that a ranking goes down to. */
const deepest = 1000;
/** Queries under way at once at most: each holds its image. */
const mostAtOnce = 8;
/** Queries that the page shows. */
const shown = 12;

function metric(name: string, values: readonly number[]): SearchMetric {
  const { low, high } = bootstrapInterval(values.length, (members) =>
    meanOfKnown(Array.from(members, (i) => values[i])),
  );
  return { name, value: meanOfKnown(values), low, high };
}

/** What one query gave by one way to search. */
interface Measured extends RankingQuality {
  /** overlap of the part that was found with the nearest box of the truth; NaN without one */
  overlap: number;
}

const measures: readonly [name: string, of: (one: Measured) => number][] = [
  ['R@1', ({ hitAt }) => hitAt(1)],
  ['R@10', ({ hitAt }) => hitAt(10)],
  ['P@10', ({ precisionAt }) => precisionAt(10)],
  ['MRR', ({ reciprocalRank }) => reciprocalRank],
  ['mAP', ({ averagePrecision }) => averagePrecision],
  ['nDCG@10', ({ ndcgAt10 }) => ndcgAt10],
  ['box IoU', ({ overlap }) => overlap],
];

function measured({ hits }: SearchResult, { relevant, boxes }: Truth): Measured {
  const best = hits[0]?.queryBox;
  return {
    ...rankingQuality(
      hits.map(({ id }) => relevant.has(id)),
      relevant.size,
    ),
    overlap:
      boxes.length === 0 || best == null ? NaN : Math.max(...boxes.map((box) => intersectionOverUnion(best, box))),
  };
}

/**
 * Measures a search: of queries for which it is known what they should find, how often and how far up that is found, with
 * 95 % bootstrap intervals over the queries, beside the comparison of whole images alone. With `out`, a page shows the
 * figures and some queries with what was found, the matching places outlined.
 *
 * @throws WeldonError for a file that cannot be read or has other columns, queries that are not there, where none of the
 *   relevant items is in the catalogue, and where no query can be read
 *
 * @example
 * const { methods, differences } = await evaluateSearch({ catalogue: 'catalogue', truth: 'truth.csv' });
 */
export async function evaluateSearch(options: EvaluateSearchOptions): Promise<SearchEvaluation> {
  checkEvaluateOptions(options);
  const { truth: file, windows, refine, size, filter, signal, notice = toStderr, onQueries, out } = options;
  const opened = await openForSearch(options);
  try {
    const { catalogue } = opened;
    const ids = new Set<string>();
    for await (const rows of catalogue.store.list()) {
      rows.forEach(({ id }) => ids.add(id));
    }
    const { truths, unknown } = await readTruth(file, opened, ids, notice);
    const pass = await opened.pass();
    const depth = Math.min(deepest, Math.max(1, ids.size));
    const ways = [
      { name: 'search', how: { windows, refine, size } },
      { name: 'whole image', how: { windows: 0 } },
    ];
    const every = Math.max(1, Math.floor(truths.length / shown));
    const isShown = (i: number) => out !== undefined && i % every === 0 && i / every < shown;
    let done = 0;
    const one = async (truth: Truth, i: number): Promise<MeasuredQuery<Measured> | null> => {
      signal?.throwIfAborted();
      const image = await readSearchImage(truth.path).catch((error: unknown): SearchableImage | null => {
        if (!(error instanceof WeldonError)) {
          throw error;
        }
        notice(error.message);
        return null;
      });
      const results: SearchResult[] = [];
      for (const { how } of image === null ? [] : ways) {
        results.push(await searchImages(catalogue, pass, { image: image! }, { ...how, k: depth, filter, signal }));
      }
      onQueries?.(++done, truths.length);
      return image === null
        ? null
        : {
            measured: results.map((result) => measured(result, truth)),
            example: isShown(i) ? await exampleOf(opened, truth, results) : null,
          };
    };
    const found = await inParallel(truths, one, Math.min(mostAtOnce, (pass.lanes ?? 1) + 1));
    const read = found.filter((query) => query !== null);
    if (read.length === 0) {
      throw new WeldonError(`Expected queries of ${file} to be images but received none that can be read`);
    }
    const hasBoxes = read.some(({ measured: [search] }) => !Number.isNaN(search.overlap));
    const metrics = measures.filter(([name]) => hasBoxes || name !== 'box IoU');
    const evaluation: SearchEvaluation = {
      queries: truths.length,
      unreadable: truths.length - read.length,
      unknown,
      depth,
      methods: ways.map(({ name }, way) => ({
        name,
        metrics: metrics.map(([word, of]) =>
          metric(
            word,
            read.map((query) => of(query.measured[way])),
          ),
        ),
      })),
      differences: metrics.map(([word, of]) =>
        metric(
          word,
          read.map(({ measured: [search, whole] }) => of(search) - of(whole)),
        ),
      ),
      files: [],
    };
    if (out !== undefined) {
      const examples = read.flatMap(({ example }) => example ?? []);
      evaluation.files = await writeEvaluationPage(out, evaluation, { examples, items: ids.size });
    }
    return evaluation;
  } finally {
    await opened.close();
  }
}
