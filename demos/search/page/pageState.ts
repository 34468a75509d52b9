/** What the page knows, and who is told when it changes. */
import type { Box } from '../../../src/index.js';
import type { CollectionFacts } from '../../../src/search/index.js';
import type { BackendState, Notice } from '../../page/messages.js';
import type { CollectionState, Photo, Sample, SearchAnswer, ShownResult, Wishes } from '../messages.js';
import type { AddressState } from './addressState.js';
import { Thumbnails } from './thumbnails.js';

export type Topic = 'photo' | 'found' | 'places' | 'wishes' | 'collection' | 'backend' | 'busy' | 'view';

/** What is searched by. */
export type Query = { kind: 'photo'; sample: string | null } | { kind: 'items' };

const noWishes = (): Wishes => ({ filter: {}, like: [], unlike: [], threshold: null });

export class PageState {
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
  busy: string | null = null;
  /** whether the collection is one of the user's own */
  isOwn = false;
  /** where the network lies */
  network = { modelFolder: '', wasmFolder: '' };
  private readonly listeners = new Map<Topic, (() => void)[]>();
  private readonly noticeListeners: ((notice: Notice) => void)[] = [];

  on(topic: Topic, listener: () => void): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.noticeListeners.push(listener);
  }

  changed(...topics: Topic[]): void {
    topics.forEach((topic) => this.listeners.get(topic)?.forEach((listener) => listener()));
  }

  say(sentence: string, kind: Notice['kind'] = 'trouble'): void {
    this.noticeListeners.forEach((listener) => listener({ kind, sentence }));
  }

  /** Runs something that may fail; what went wrong becomes a sentence on the page. */
  async attempt(busy: string | null, run: () => Promise<void>): Promise<void> {
    if (busy !== null) {
      this.busy = busy;
      this.changed('busy');
    }
    try {
      await run();
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    } finally {
      if (busy !== null && this.busy === busy) {
        this.busy = null;
        this.changed('busy');
      }
    }
  }

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
