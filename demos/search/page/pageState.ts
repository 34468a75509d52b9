/** What the page knows, and who is told when it changes. */
import type { Box } from '../../../src/index.js';
import type { CollectionFacts } from '../../../src/search/index.js';
import type { BackendState } from '../../page/messages.js';
import { PageTopics } from '../../page/pageTopics.js';
import type { CollectionState, Photo, Sample, SearchAnswer, ShownResult, Wishes } from '../messages.js';
import type { AddressState } from './addressState.js';
import { Thumbnails } from './thumbnails.js';

export type Topic = 'photo' | 'found' | 'places' | 'wishes' | 'collection' | 'backend' | 'view';

/** What is searched by. */
export type Query = { kind: 'photo'; sample: string | null } | { kind: 'items' };

const noWishes = (): Wishes => ({ filter: {}, like: [], unlike: [], threshold: null });

export class PageState extends PageTopics<Topic> {
  readonly thumbnails = new Thumbnails();
  samples: Sample[] = [];
  facts: CollectionFacts | null = null;
  collection: CollectionState | null = null;
  backend: BackendState | null = null;
  query: Query = { kind: 'photo', sample: null };
  photo: Pick<Photo, 'name' | 'width' | 'height'> & { preview: ImageBitmap | HTMLImageElement | null } = {
    ...{ name: '', width: 1, height: 1, preview: null },
  };
  /** the part that the user has drawn; null while the page finds it itself */
  box: Box | null = null;
  wishes = noWishes();
  found: (ShownResult & Partial<SearchAnswer>) | null = null;
  view: AddressState['view'] = 'results';
  /** whether the collection is one of the user's own */
  isOwn = false;
  /** where the network lies */
  network = { modelFolder: '', wasmFolder: '' };

  /** What an item is called. */
  nameOf(tile: number): string {
    const meta = this.collection?.metas[tile];
    return this.titleOf(this.collection?.ids[tile] ?? '', meta?.name);
  }

  titleOf(id: string, name: unknown): string {
    return typeof name === 'string' ? name : (id.split('/').at(-1) as string).replace(/\.\w+$/, '');
  }

  tileOf(id: string): number {
    return this.collection?.ids.indexOf(id) ?? -1;
  }

  get hasExamples(): boolean {
    return this.wishes.like.length + this.wishes.unlike.length > 0;
  }

  get isFiltered(): boolean {
    return Object.keys(this.wishes.filter).length > 0;
  }
}
