import { stat } from 'node:fs/promises';
import { readImage } from '../../node/images/readImage.js';
import type { DecodedImage } from '../../node/images/readImage.js';
import { placeInFile, searchImageOf } from '../../node/images/searchImage.js';
import type { SearchHit } from '../../search/rankItems.js';
import { searchImages } from '../../search/searchImages.js';
import type { SearchResult } from '../../search/searchImages.js';
import { bakedBox } from '../index/catalogueRows.js';
import { isOwnField } from '../index/itemTable.js';
import type { OpenForSearch } from './openForSearch.js';
import { openForSearch } from './openForSearch.js';
import { checkSearchOptions } from './options.js';
import type { SearchCatalogueOptions } from './options.js';
import { writeSearchPage } from './searchPage.js';
import type { FoundImage, SearchReport } from './searchReport.js';

/** A hit with its file. */
export async function foundImage(opened: OpenForSearch, hit: SearchHit): Promise<FoundImage> {
  const { id, score, similarity, queryBox, meta } = hit;
  const path = opened.fileOf(hit);
  const isThere = await stat(path).then(
    (file) => file.isFile(),
    () => false,
  );
  return {
    id,
    path: isThere ? path : null,
    score,
    similarity,
    queryBox,
    itemBox: bakedBox(hit),
    width: meta.width as number,
    height: meta.height as number,
    meta: Object.fromEntries(Object.entries(meta).filter(([field]) => field === 'folder' || !isOwnField(field))),
  };
}

/** Where in the items the query matches, for those whose images can be read. */
export async function placesInItems(
  opened: OpenForSearch,
  { hits, parts }: Pick<SearchResult, 'hits' | 'parts'>,
  found: readonly FoundImage[],
): Promise<void> {
  for (const [i, hit] of hits.entries()) {
    const { path, itemBox } = found[i];
    if (path !== null && itemBox === null && parts.length > 0) {
      found[i].itemBox = await placeInFile(opened.catalogue, await opened.pass(), path, parts[hit.part].row);
    }
  }
}

/**
 * Finds in a catalogue what is in an image, wherever in it it is; or items like some of the catalogue's own. With `out`, a
 * page and a picture show the query and what was found, the matching places outlined.
 *
 * @throws WeldonError for options out of range, an image or a catalogue that cannot be read, unknown items or fields, and a
 *   box outside of the image
 *
 * @example
 * const { hits, nothingSimilar } = await searchCatalogue({ catalogue: 'catalogue', image: 'room.jpg' });
 */
export async function searchCatalogue(options: SearchCatalogueOptions): Promise<SearchReport> {
  checkSearchOptions(options);
  const { image: path, box, like, unlike, top, out, windows, refine, size, filter, threshold, signal } = options;
  const { boxes = out !== undefined } = options;
  const opened = await openForSearch(options);
  try {
    const image: DecodedImage | null = path === undefined ? null : await readImage(path);
    const result = await searchImages(
      opened.catalogue,
      image === null ? null : await opened.pass(),
      { image: image === null ? undefined : searchImageOf(image), box, like, unlike },
      { k: top, windows, refine, size, filter, threshold, signal },
    );
    const hits = await Promise.all(result.hits.map((hit) => foundImage(opened, hit)));
    const report: SearchReport = {
      query: image === null ? null : { path: image.path, width: image.width, height: image.height },
      threshold: opened.catalogue.facts.threshold,
      similarity: result.similarity,
      nothingSimilar: result.nothingSimilar,
      ranking: result.ranking,
      metric: result.metric,
      passes: result.passes,
      took: result.took,
      hits,
      files: [],
    };
    if (boxes) {
      await placesInItems(opened, result, hits);
    }
    if (out !== undefined) {
      report.files = await writeSearchPage(out, report, image);
    }
    return report;
  } finally {
    await opened.close();
  }
}
