/** What a search of a catalogue gives. */
import type { Box } from '../../models/resizeMapping.js';
import type { Meta } from '../../search/metaFilter.js';
import type { SearchResult } from '../../search/searchImages.js';

/** An item that a search found. */
export interface FoundImage {
  id: string;
  /** its file, `null` where that is gone since the bake */
  path: string | null;
  /** what the list is sorted by */
  score: number;
  /** what thresholds are compared with */
  similarity: number;
  /** the part of the query that matches, in its pixels; `null` where no image was given */
  queryBox: Box | null;
  /** the part of the item that matches, in its pixels, where it is known */
  itemBox: Box | null;
  /** width and height of the item's image, pixels */
  width: number;
  height: number;
  /** what was given for filters */
  meta: Meta;
}

/** What {@link searchCatalogue} finds. */
export interface SearchReport extends Pick<
  SearchResult,
  'similarity' | 'nothingSimilar' | 'ranking' | 'passes' | 'took'
> {
  /** the image that was sought */
  query: { path: string; width: number; height: number } | null;
  /** the catalogue's threshold of "nothing similar" */
  threshold: number;
  hits: FoundImage[];
  /** files that were written */
  files: string[];
}
