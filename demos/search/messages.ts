/** Everything that the search page and its worker say to one another, and what lies ready for both. */
import type { Box } from '../../src/index.js';
import type { CollectionFacts, Meta, MetaFilter, SearchHit, SearchResult } from '../../src/search/index.js';
import type { BackendName, BackendState, SharedEvents } from '../page/messages.js';

/** Items that a list of results shows. */
export const hitsShown = 24;

/** A found item as the page shows it. */
export interface ShownHit extends SearchHit {
  /** its place in catalogue order, which is where its thumbnail lies */
  tile: number;
  /** where in the item the query matches, as shares of its sides; null until it is known */
  box: Box | null;
}

/** What the page shows of a search. */
export interface ShownResult extends Pick<SearchResult, 'ranking' | 'byWhole' | 'similarity' | 'nothingSimilar'> {
  hits: ShownHit[];
}

/** A query that lies ready with its results. */
export interface Sample extends ShownResult {
  id: string;
  /** from the collection's folder on */
  file: string;
  width: number;
  height: number;
  /** what the search looked at */
  parts: { row: number[]; box: Box | null }[];
}

/** What is asked beside the image: the page's knobs. */
export interface Wishes {
  filter: MetaFilter;
  like: string[];
  unlike: string[];
  /** null for none */
  threshold: number | null;
}

/** What was found, with what it took. */
export interface SearchAnswer extends ShownResult {
  /** where the query was looked at and what counted most; null where only examples were given */
  queryBox: Box | null;
  passes: number;
  milliseconds: number;
}

/** A collection that the worker holds. */
export interface CollectionState {
  facts: CollectionFacts;
  ids: string[];
  metas: Meta[];
  /** below this similarity, nothing is similar */
  threshold: number;
  /** fields that may be filtered by, with their values where these are few */
  fields: { name: string; values: string[] }[];
  /** thumbnail sheets of a collection that came from a file; null for those in the page's own folder */
  sheets: Blob[] | null;
  /** whether the samples' searches hold for it */
  fitsSamples: boolean;
}

export interface AddedItem {
  id: string;
  tile: number;
  thumbnail: Blob;
  place: [number, number];
}

/** A photo, decoded. */
export interface Photo {
  name: string;
  /** of the photo as it is searched, pixels */
  width: number;
  height: number;
  preview: ImageBitmap;
  note: string | null;
}

/** A call's argument and result, by its name. */
export interface Calls {
  /** loads the vectors of the page's collection, or the one that was kept in this browser */
  openCollection: {
    argument: { folder: string };
    result: { state: CollectionState; own: boolean; trouble: string | null };
  };
  /** opens a zip file in place of the collection */
  openZip: { argument: { file: Blob; name: string }; result: CollectionState };
  /** the collection as a zip file */
  saveZip: { argument: null; result: Blob };
  /** goes back to the page's own collection, without what was added */
  forgetOwn: { argument: { folder: string }; result: CollectionState };
  /** loads the network */
  start: { argument: { modelFolder: string; wasmFolder: string; backend: BackendName | 'auto' }; result: BackendState };
  /** makes a photo the one at hand */
  openPhoto: { argument: { file: Blob; name: string }; result: Photo };
  /** makes a sample the one at hand, what was looked at in it known */
  openSample: { argument: { file: Blob; sample: Pick<Sample, 'id' | 'parts' | 'ranking' | 'byWhole'> }; result: Photo };
  /** searches by the photo at hand; `box` null finds the place itself */
  search: { argument: { box: Box | null; wishes: Wishes }; result: SearchAnswer };
  /** searches by examples alone */
  searchLike: { argument: { wishes: Wishes }; result: SearchAnswer };
  /** what was looked at last, with other wishes; the network does not run */
  rank: { argument: { wishes: Wishes }; result: SearchAnswer };
  /** a box that is being dragged, from the photo's map; the network runs once, for the first of them */
  drag: { argument: { box: Box; wishes: Wishes }; result: SearchAnswer };
  /** where in items the last search matches */
  places: { argument: { hits: { id: string; tile: number; part: number }[] }; result: { id: string; box: Box }[] };
  /** adds photos to the collection, and keeps them in this browser */
  addPhotos: {
    argument: { files: { file: Blob; name: string }[] };
    result: { items: AddedItem[]; refused: string[]; trouble: string | null };
  };
}

export interface Events extends SharedEvents {
  adding: { done: number; total: number };
}
