/** The worker's only script: the network and the collection live here, the page draws. */
import type * as tfl from '@tensorflow/tfjs-layers';
import { WeldonError } from '../../../src/index.js';
import type { Box } from '../../../src/index.js';
import { forwardPass, partOfMap, placesAlike, searchImages } from '../../../src/search/index.js';
import type { FrozenPass, SearchOptions, SearchResult } from '../../../src/search/index.js';
import type { BackendName } from '../../page/messages.js';
import { answerCalls, BackendFailure, handingOver, teller } from '../../page/worker/answerCalls.js';
import { rememberFailure, setWasmFolder, useBackend } from '../../page/worker/backends.js';
import { ownStore } from '../../page/worker/browserStore.js';
import { fetchModel } from '../../page/worker/fetchModel.js';
import { modelFromFiles } from '../../page/worker/modelFromFiles.js';
import type { Calls, Events, SearchAnswer, Wishes } from '../messages.js';
import { hitsShown } from '../messages.js';
import type { HeldCollection } from './heldCollection.js';
import { addPhoto, fetchCollection, mapOfItem, openZip, settle, stateOf, zipOf } from './heldCollection.js';
import type { PhotoAtHand } from './photo.js';
import { mapOf, openPhoto, rankAgain } from './photo.js';

const tell = teller<Events>();
const kept = ownStore<Blob>('tfjs-weldon-search', 'collections');

let held: HeldCollection | null = null;
/** the page's own collection, which others are compared with */
let original: HeldCollection | null = null;
let photo: PhotoAtHand | null = null;
let model: tfl.LayersModel | null = null;
let pass: FrozenPass | null = null;
let backend: BackendName | null = null;
/** what a query is compared with while it is dragged, or was compared with last */
let parts: SearchResult['parts'] = [];

function collection(): HeldCollection {
  if (held === null) {
    throw new WeldonError('The collection is not there yet.');
  }
  return held;
}

function network(): FrozenPass {
  if (pass === null) {
    throw new WeldonError('The network is not there yet.');
  }
  return pass;
}

function photoAtHand(): PhotoAtHand {
  if (photo === null) {
    throw new WeldonError('There is no photo yet: open one first.');
  }
  return photo;
}

/** What was looked at in another collection lies in another space. */
function forgetLooks(): void {
  parts = [];
  if (photo !== null) {
    photo.looked = null;
  }
}

/** Tells input that is to blame from a backend that is. */
async function onNetwork<T>(run: (pass: FrozenPass) => Promise<T>): Promise<T> {
  const running = network();
  try {
    return await run(running);
  } catch (error) {
    if (error instanceof WeldonError) {
      throw error;
    }
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    if (backend !== null) {
      rememberFailure(backend, reason);
    }
    throw new BackendFailure(reason);
  }
}

const optionsOf = ({ filter, threshold }: Wishes): SearchOptions => ({
  k: hitsShown,
  filter,
  ...(threshold !== null && { threshold }),
});

/** Examples that are in the collection at hand; another one may have been opened since they were chosen. */
function examplesOf({ like, unlike }: Wishes): { like: string[]; unlike: string[] } {
  const { ids } = collection();
  const isThere = (id: string) => ids.includes(id);
  return { like: like.filter(isThere), unlike: unlike.filter(isThere) };
}

function answerOf(found: SearchResult, begin: number): SearchAnswer {
  const { ids } = collection();
  const places = new Map(ids.map((id, tile) => [id, tile]));
  parts = found.parts;
  const { ranking, byWhole, similarity, nothingSimilar, passes, hits } = found;
  return {
    ...{ ranking, byWhole, similarity, nothingSimilar, passes },
    queryBox: hits[0]?.queryBox ?? null,
    hits: hits.map((hit) => ({ ...hit, tile: places.get(hit.id)!, box: null })),
    milliseconds: performance.now() - begin,
  };
}

async function keepOwn(): Promise<string | null> {
  try {
    await kept.keep(await zipOf(collection()));
    return null;
  } catch (error) {
    return `The photos are there but cannot be kept in this browser: save the collection. ${(error as Error).message}`;
  }
}

answerCalls<Calls>(
  {
    async openCollection({ folder }) {
      const own = await kept.kept().catch(() => null);
      let trouble: string | null = null;
      original = await fetchCollection(folder);
      held = original;
      if (own !== null) {
        try {
          held = await openZip(own, 'The collection kept in this browser', original);
        } catch (error) {
          trouble = (error as Error).message;
        }
      }
      return { state: stateOf(held, original), own: held !== original, trouble };
    },
    async openZip({ file, name }) {
      const opened = await openZip(file, name, original);
      held = opened;
      original ??= opened;
      forgetLooks();
      await kept.keep(file).catch(() => undefined);
      return stateOf(opened, original);
    },
    saveZip: () => zipOf(collection()),
    async forgetOwn({ folder }) {
      await kept.forget().catch(() => undefined);
      original = await fetchCollection(folder);
      held = original;
      forgetLooks();
      return stateOf(held, original);
    },
    async start({ modelFolder, wasmFolder, backend: wanted }) {
      setWasmFolder(wasmFolder);
      pass = null;
      model?.dispose();
      const [files, state] = await Promise.all([
        fetchModel(modelFolder, (loaded, total) => tell('loading', { what: 'Loading the network', loaded, total })),
        useBackend(wanted),
      ]);
      backend = state.name;
      model = await modelFromFiles(files);
      pass = forwardPass(model, { outputs: ['features'] });
      return state;
    },
    async openPhoto({ file, name }) {
      const opened = await openPhoto(file, name, null);
      photo = opened.photo;
      return handingOver(opened.shown, [opened.shown.preview]);
    },
    async openSample({ file, sample }) {
      const opened = await openPhoto(file, sample.id, sample);
      photo = opened.photo;
      parts = opened.photo.looked!.parts;
      return handingOver(opened.shown, [opened.shown.preview]);
    },
    async search({ box, wishes }) {
      const begin = performance.now();
      const at = photoAtHand();
      return onNetwork(async (running) => {
        const query = { image: at.image, ...(box !== null && { box }), ...examplesOf(wishes) };
        const found = await searchImages(collection().catalogue, running, query, optionsOf(wishes));
        at.map ??= found.map;
        at.looked = found;
        return answerOf(found, begin);
      });
    },
    async searchLike({ wishes }) {
      const begin = performance.now();
      return answerOf(await searchImages(collection().catalogue, null, examplesOf(wishes), optionsOf(wishes)), begin);
    },
    async rank({ wishes }) {
      const begin = performance.now();
      const { catalogue } = collection();
      return answerOf(await rankAgain(catalogue, photo, examplesOf(wishes), optionsOf(wishes)), begin);
    },
    async drag({ box, wishes }) {
      const at = photoAtHand();
      const map = at.map ?? (await onNetwork((running) => mapOf(at, running)));
      const begin = performance.now();
      const { catalogue } = collection();
      at.looked = { parts: [partOfMap(catalogue, map, box)], ranking: 'window', byWhole: false };
      return answerOf(await rankAgain(catalogue, at, examplesOf(wishes), optionsOf(wishes)), begin);
    },
    async places({ hits }) {
      const { catalogue } = collection();
      return onNetwork(async (running) => {
        const found: { id: string; box: Box }[] = [];
        for (const { id, tile, part } of hits) {
          const row = parts[part]?.row;
          if (row !== undefined) {
            const map = await mapOfItem(collection(), tile, running);
            const { box } = placesAlike(catalogue, map, row);
            const [w, h] = [map.width, map.height];
            found.push({ id, box: { x: box.x / w, y: box.y / h, width: box.width / w, height: box.height / h } });
          }
        }
        return found;
      });
    },
    async addPhotos({ files }) {
      const items: Calls['addPhotos']['result']['items'] = [];
      const refused: string[] = [];
      const at = collection();
      for (const [i, { file, name }] of files.entries()) {
        tell('adding', { done: i, total: files.length });
        try {
          items.push(await onNetwork((running) => addPhoto(at, file, name, running)));
        } catch (error) {
          if (error instanceof BackendFailure) {
            throw error;
          }
          refused.push((error as Error).message);
        }
      }
      let trouble: string | null = null;
      if (items.length > 0) {
        await settle(at);
        trouble = await keepOwn();
      }
      return { items, refused, trouble };
    },
  },
  // Until the network is there, what needs none goes on.
  ['start'],
);
