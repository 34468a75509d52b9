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
  'similarity' | 'nothingSimilar' | 'ranking' | 'metric' | 'passes' | 'took'
> {
  /** the image that was sought */
  query: { path: string; width: number; height: number } | null;
  /** the catalogue's threshold of "nothing similar" */
  threshold: number;
  hits: FoundImage[];
  /** files that were written */
  files: string[];
}

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
  /** by how much the search is better than the whole image alone, query by query */
  differences: SearchMetric[];
  /** files that were written */
  files: string[];
}
