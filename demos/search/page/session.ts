/** What can be done on the page; panels listen to the topics that they show. */
import type { Box } from '../../../src/index.js';
import type { CollectionFacts } from '../../../src/search/index.js';
import { Trouble } from '../../page/callWorker.js';
import type { WorkerCalls } from '../../page/callWorker.js';
import type { BackendName } from '../../page/messages.js';
import { backendTitles } from '../../page/messages.js';
import type { Calls, CollectionState, Events, Sample, SearchAnswer, Wishes } from '../messages.js';
import type { AddressState } from './addressState.js';
import { readAddress, writeAddress } from './addressState.js';
import { findPlaces } from './findPlaces.js';
import { PageState } from './pageState.js';

/** A promise, with what fulfils it. */
function promised(): { done: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const done = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { done, resolve };
}

export class Session extends PageState {
  readonly collectionReady = promised();
  readonly networkReady = promised();
  /** of several calls the last one wins */
  private turn = 0;
  private dragging: Promise<void> | null = null;
  private dragged: Box | null = null;
  /** whether the worker has the photo that is shown */
  workerHasPhoto: Promise<void> = Promise.resolve();

  constructor(
    readonly worker: WorkerCalls<Calls, Events>,
    /** of the page's collection, with a slash at the end */
    readonly folder: string,
  ) {
    super();
    worker.on('notice', ({ sentence }) => this.say(sentence));
    worker.on('backendLost', ({ backend, reason }) => {
      if (backend === this.backend?.name) {
        void this.useBackend('auto', `${backendTitles[backend]} was lost (${reason})`);
      }
    });
  }

  /** What lies ready: facts, thumbnails, and the first sample with its results, before the worker has anything. */
  async showReady(facts: CollectionFacts, samples: Sample[], waitsForOwn: boolean): Promise<void> {
    this.facts = facts;
    this.samples = samples;
    this.thumbnails.use(
      facts.thumbnails,
      facts.count,
      facts.thumbnails.sheets.map((sheet) => this.folder + sheet),
    );
    const { sample: id, byItems, box, wishes, view } = readAddress(location.hash);
    Object.assign(this, { wishes, view, box });
    const sample = samples.find((each) => each.id === id) ?? samples[0];
    const isPlain =
      box === null && !byItems && wishes.threshold === null && !waitsForOwn && !this.hasExamples && !this.isFiltered;
    this.changed('collection', 'wishes', 'view');
    if (byItems || sample === undefined) {
      this.query = { kind: 'items' };
    } else {
      this.showSample(sample, isPlain);
    }
  }

  showSample(sample: Sample, withResults: boolean): void {
    const { id, file, width, height, hits, ...rest } = sample;
    const url = this.folder + file;
    const image = new Image();
    this.query = { kind: 'photo', sample: id };
    this.photo = { name: `Sample ${id}`, width, height, preview: image };
    image.addEventListener('load', () => this.changed('photo'), { once: true });
    image.src = url;
    this.changed('photo');
    if (withResults) {
      this.found = { ...rest, hits, queryBox: hits[0]?.queryBox ?? null };
      this.changed('found');
    }
    this.workerHasPhoto = this.handSample(sample, url);
    this.workerHasPhoto.catch(() => undefined);
  }

  private async handSample(sample: Sample, url: string): Promise<void> {
    await this.collectionReady.done;
    const response = await fetch(url);
    const { id, parts, ranking, byWhole } = sample;
    const { preview } = await this.worker.call('openSample', {
      file: await response.blob(),
      sample: { id, parts, ranking, byWhole },
    });
    preview.close();
  }

  /** Loads what searches need: the collection's vectors, then the network. */
  async load(network: { modelFolder: string; wasmFolder: string; backend: BackendName | 'auto' }): Promise<void> {
    const loading = this.worker.call('start', network);
    loading.catch(() => undefined);
    await this.attempt(null, async () => {
      const { state, own, trouble } = await this.worker.call('openCollection', { folder: this.folder });
      if (trouble !== null) {
        this.say(trouble);
      }
      this.take(state, own);
      this.collectionReady.resolve();
      if (this.found === null) {
        // It may have to wait for the network itself.
        void this.searchAnew();
      }
    });
    await this.attempt('Loading the network', async () => {
      this.backend = await loading;
      this.networkReady.resolve();
      this.changed('backend');
    });
  }

  /** Takes a collection as the worker has it. */
  take(state: CollectionState, own: boolean): void {
    this.collection = state;
    this.facts = state.facts;
    if (own || this.isOwn) {
      const { sheets } = state;
      const urls = state.facts.thumbnails.sheets.map((sheet) => this.folder + sheet);
      this.thumbnails.use(state.facts.thumbnails, state.facts.count, sheets ?? urls);
    }
    this.isOwn = own;
    const isKnown = ([name, value]: [string, unknown]) =>
      state.fields.some((field) => field.name === name && field.values.includes(String(value)));
    const isThere = (id: string) => state.ids.includes(id);
    this.wishes = {
      ...this.wishes,
      filter: Object.fromEntries(Object.entries(this.wishes.filter).filter(isKnown)),
      like: this.wishes.like.filter(isThere),
      unlike: this.wishes.unlike.filter(isThere),
    };
    this.changed('collection', 'wishes');
  }

  private remember(): void {
    const { box, wishes, view, query } = this;
    const sample = query.kind === 'photo' ? query.sample : null;
    const isFirst = sample === this.samples[0]?.id;
    const state = { sample: isFirst ? null : sample, byItems: query.kind === 'items', box, wishes, view };
    const hash = query.kind === 'photo' && query.sample === null ? '' : writeAddress(state);
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash);
  }

  /** What the address says now, after it was changed by hand. */
  async readAgain(): Promise<void> {
    const { sample, byItems, box, wishes, view } = readAddress(location.hash);
    Object.assign(this, { box, wishes });
    this.show(view);
    const wanted = this.samples.find(({ id }) => id === sample) ?? this.samples[0];
    if (byItems || wanted === undefined) {
      this.query = { kind: 'items' };
      this.changed('photo');
    } else if (this.query.kind !== 'photo' || this.query.sample !== wanted.id) {
      this.showSample(wanted, false);
    }
    this.changed('wishes');
    await this.searchAnew();
  }

  show(view: AddressState['view']): void {
    this.view = view;
    this.changed('view');
    this.remember();
  }

  /** Searches by all that is wanted now. */
  async searchAnew(): Promise<void> {
    const { query, wishes, box } = this;
    const sample = query.kind === 'photo' && box === null ? query.sample : null;
    if (query.kind === 'items' && wishes.like.length === 0) {
      // A collection without samples begins with its first item.
      await this.collectionReady.done;
      const [first] = this.collection?.ids ?? [];
      if (first === undefined) {
        return;
      }
      this.wishes = { ...wishes, like: [first] };
      this.changed('wishes');
    }
    const isKnown = sample !== null && this.collection?.fitsSamples !== false;
    await this.answer(query.kind === 'items' ? null : isKnown ? null : 'Searching', async () => {
      await this.collectionReady.done;
      if (query.kind === 'items') {
        return this.worker.call('searchLike', { wishes: this.wishes });
      }
      await this.workerHasPhoto;
      if (isKnown && this.collection?.fitsSamples === true) {
        return this.worker.call('rank', { wishes: this.wishes });
      }
      await this.networkReady.done;
      return this.worker.call('search', { box, wishes: this.wishes });
    });
  }

  /** Shows an answer unless another one was asked for meanwhile; a backend that fails is replaced once. */
  private async answer(busy: string | null, ask: () => Promise<SearchAnswer>, again = false): Promise<void> {
    const turn = ++this.turn;
    this.remember();
    await this.attempt(busy, async () => {
      try {
        const found = await ask();
        if (turn === this.turn) {
          this.found = found;
          this.changed('found');
          void findPlaces(this, () => turn === this.turn);
        }
      } catch (error) {
        if (error instanceof Trouble && error.backendFailed && !again) {
          await this.useBackend('auto', `The backend failed (${error.message})`);
          await this.answer(busy, ask, true);
          return;
        }
        throw error;
      }
    });
  }

  /** Ranks what was looked at anew: another filter, threshold, or other examples. */
  async wish(changes: Partial<Wishes>): Promise<void> {
    this.wishes = { ...this.wishes, ...changes };
    this.changed('wishes');
    if (this.query.kind === 'items') {
      await this.searchAnew();
      return;
    }
    await this.answer(null, async () => {
      await this.collectionReady.done;
      await this.workerHasPhoto;
      return this.worker.call('rank', { wishes: this.wishes });
    });
  }

  /** Says that an item is, or is not, what is sought; said again, takes it back. */
  judge(id: string, as: 'like' | 'unlike'): Promise<void> {
    const other = as === 'like' ? 'unlike' : 'like';
    const own = this.wishes[as];
    return this.wish({
      [as]: own.includes(id) ? own.filter((each) => each !== id) : [...own, id],
      [other]: this.wishes[other].filter((each) => each !== id),
    });
  }

  /** Searches for what is like an item of the collection. */
  async searchByItem(id: string): Promise<void> {
    this.query = { kind: 'items' };
    this.box = null;
    this.wishes = { ...this.wishes, like: [id], unlike: [] };
    this.changed('photo', 'wishes');
    await this.searchAnew();
  }

  async chooseSample(id: string): Promise<void> {
    const sample = this.samples.find((each) => each.id === id);
    if (sample !== undefined) {
      this.box = null;
      this.wishes = { ...this.wishes, like: [], unlike: [] };
      this.changed('wishes');
      const isPlain = !this.isFiltered && this.wishes.threshold === null && !this.isOwn;
      this.showSample(sample, isPlain);
      await this.searchAnew();
    }
  }

  async openPhoto(file: Blob, name: string): Promise<void> {
    const turn = ++this.turn;
    await this.attempt(`Reading ${name}`, async () => {
      await this.collectionReady.done;
      const photo = await this.worker.call('openPhoto', { file, name });
      if (turn !== this.turn) {
        photo.preview.close();
        return;
      }
      if (photo.note !== null) {
        this.say(photo.note, 'news');
      }
      this.query = { kind: 'photo', sample: null };
      this.box = null;
      this.wishes = { ...this.wishes, like: [], unlike: [] };
      this.photo = photo;
      this.workerHasPhoto = Promise.resolve();
      this.changed('photo', 'wishes');
      await this.searchAnew();
    });
  }

  /** While a box is dragged: what its cells of the photo's map are like, without the network but for the first. */
  drag(box: Box): Promise<void> {
    this.dragged = box;
    this.box = box;
    this.dragging ??= this.followDrag().finally(() => {
      this.dragging = null;
    });
    return this.dragging;
  }

  private async followDrag(): Promise<void> {
    while (this.dragged !== null) {
      const box = this.dragged;
      this.dragged = null;
      await this.answerDrag(box);
    }
  }

  private async answerDrag(box: Box): Promise<void> {
    const turn = ++this.turn;
    await this.attempt(null, async () => {
      await this.collectionReady.done;
      await this.workerHasPhoto;
      await this.networkReady.done;
      const found = await this.worker.call('drag', { box, wishes: this.wishes });
      if (turn === this.turn) {
        this.found = found;
        this.changed('found');
      }
    });
  }

  /** The box as it is now, cut out and looked at by the network; null lets the page find it. */
  async useBox(box: Box | null): Promise<void> {
    this.dragged = null;
    this.box = box;
    this.changed('photo');
    await this.dragging;
    const { query } = this;
    const sample = query.kind === 'photo' ? this.samples.find(({ id }) => id === query.sample) : undefined;
    if (box === null && sample !== undefined) {
      // The worker has looked at boxes since; what lies ready for the sample is handed to it again.
      this.showSample(sample, false);
    }
    await this.searchAnew();
  }

  async useBackend(wanted: BackendName | 'auto', why: string | null = null): Promise<void> {
    await this.attempt('Changing the backend', async () => {
      this.backend = await this.worker.call('start', { ...this.network, backend: wanted });
      this.changed('backend');
      if (why !== null) {
        this.say(`${why}; it goes on with ${backendTitles[this.backend.name]}.`, 'news');
      }
    });
  }
}
