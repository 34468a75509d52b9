/** A measured search as a page: the figures, and some of the queries with what was found for them. */
import { intersectionOverUnion } from '../../metrics/localization/groundTruth.js';
import { readImage } from '../../node/images/readImage.js';
import type { SearchResult } from '../../search/searchImages.js';
import { differenceText, valueText } from '../report/format.js';
import { html } from '../report/html.js';
import type { Html } from '../report/html.js';
import { pageFoot, pageHead } from '../report/page.js';
import { searchStyle } from '../report/style.js';
import { table, valueCell } from '../report/tables.js';
import type { SearchEvaluation, SearchMetric } from './searchReport.js';
import type { OpenForSearch } from './openForSearch.js';
import type { Truth } from './readTruth.js';
import { foundImage, placesInItems } from './searchCatalogue.js';
import { foundMarkup, shownHit, shownQuery, writePage } from './searchPage.js';
import type { Shown } from './searchPage.js';

/** A query with what came of it, and how it is shown, where it is. */
export interface MeasuredQuery<Measured> {
  /** by every way to search */
  measured: Measured[];
  example: Example | null;
}

/** A query as the page shows it. */
export interface Example {
  query: Shown;
  hits: Shown[];
}

/** Hits beside a query. */
const hitsShown = 4;

/** Where the first of the relevant items stands in a list, in words. */
function placeInWords({ hits }: SearchResult, { relevant }: Truth): string {
  const place = hits.findIndex(({ id }) => relevant.has(id));
  return place < 0 ? 'not found' : place === 0 ? 'found first' : `found at place ${place + 1}`;
}

/** What the page shows of a query; a pass of every hit tells where in it the match lies. */
export async function exampleOf(
  opened: OpenForSearch,
  truth: Truth,
  [search, whole]: readonly SearchResult[],
): Promise<Example> {
  const { path, relevant, boxes } = truth;
  const hits = search.hits.slice(0, hitsShown);
  const found = await Promise.all(hits.map((hit) => foundImage(opened, hit)));
  await placesInItems(opened, { hits, parts: search.parts }, found);
  const box = hits[0]?.queryBox ?? null;
  const overlap =
    box === null || boxes.length === 0 ? null : Math.max(...boxes.map((each) => intersectionOverUnion(box, each)));
  const words = [
    placeInWords(search, truth),
    ...(overlap === null ? [] : [`overlap ${overlap.toFixed(2)}`]),
    `by the whole image alone: ${placeInWords(whole, truth)}`,
  ];
  const shown: Shown[] = [];
  for (const [i, hit] of found.entries()) {
    const figure = await shownHit(hit, i + 1);
    shown.push({ ...figure, detail: `${relevant.has(hit.id) ? '\u2713 relevant, ' : ''}${figure.detail}` });
  }
  const image = await readImage(path);
  return {
    query: await shownQuery({ path, image }, { detail: words.join(' \u00b7 '), box, truth: boxes }),
    hits: shown,
  };
}

function figures({ methods, differences }: SearchEvaluation): Html {
  const row = (name: string, metrics: readonly SearchMetric[], text: (value: number | null) => string) =>
    html`<tr><th scope="row">${name}</th>${metrics.map((metric) => valueCell(metric, text))}</tr>`;
  return table({
    label: 'Figures',
    head: [{ name: '' }, ...differences.map(({ name }) => ({ name, below: 'percent' }))],
    rows: [
      ...methods.map(({ name, metrics }) => row(name, metrics, (value) => valueText(value, 'share'))),
      row('difference, query by query', differences, (value) => differenceText(value, 'share')),
    ],
  });
}

/**
 * Writes `index.html` into a folder.
 *
 * @param items of the catalogue
 * @returns its path
 * @throws WeldonError for a folder that cannot be written, and a file of this name that this program did not make
 */
export async function writeEvaluationPage(
  folder: string,
  evaluation: SearchEvaluation,
  { examples, items }: { examples: readonly Example[]; items: number },
): Promise<string[]> {
  const { queries, unreadable, unknown, differences } = evaluation;
  const left = [
    ...(unreadable > 0 ? [`${unreadable} could not be read`] : []),
    ...(unknown > 0 ? [`${unknown} relevant items are not in the catalogue`] : []),
  ];
  const sections: Html[] = [];
  for (const { query, hits } of examples) {
    sections.push(await foundMarkup(query, hits));
  }
  const hasBoxes = differences.some(({ name }) => name === 'box IoU');
  const title = 'A search, measured';
  const page = html`${pageHead(title, searchStyle, 'search')}
<div class="page"><header><h1>${title}</h1><p>${[`${queries} queries`, ...left, `${items} items`].join(' \u00b7 ')}</p></header>
<main>${figures(evaluation)}
<p class="note">Small numbers: 95 % intervals by bootstrap over the queries. R@k: an item that was sought is among the first k.
${hasBoxes && 'Box IoU: overlap of the part of the query that matches best with where the item is. '}Below, some of the
queries: the matching part in yellow${hasBoxes && ', where the item is in dashes'}.</p>
${sections}</main>
<footer>made with tfjs-weldon</footer></div>${pageFoot(html``)}`;
  return writePage(folder, [{ name: 'index.html', content: String(page) }]);
}
