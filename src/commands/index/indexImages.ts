import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { BakeNetwork } from '../../node/bake/bakeNetwork.js';
import { openBakeNetwork } from '../../node/bake/bakeNetwork.js';
import { findImages } from '../../node/images/findImages.js';
import { passedOverInWords } from '../../node/images/passedOver.js';
import { inParallel } from '../../node/images/readImages.js';
import { hashFile } from '../../node/loading/imageTask.js';
import { toStderr } from '../../node/notice.js';
import { lockRun } from '../../node/storage/lock.js';
import { makeFolder } from '../../node/storage/atomicWrite.js';
import { isServer, openStore } from '../../node/vectorStores/openStore.js';
import {
  beginCatalogue,
  describeCatalogue,
  keptProjector,
  keptSettings,
  rowVersion,
  sealCatalogue,
} from '../../search/catalogue.js';
import type { CatalogueSettings } from '../../search/catalogue.js';
import { descriptorOf } from '../../search/descriptors.js';
import { checkMadeAlike } from '../../search/vectorStore.js';
import type { VectorStore } from '../../search/vectorStore.js';
import type { Projector } from '../../search/pca.js';
import type { Bakery, IndexReport } from './bakery.js';
import { embedItems } from './bakery.js';
import type { EmbeddedItem } from './catalogueRows.js';
import { commonFolder, fitProjector, groupSize, moveImages, pcaSample, storeItems } from './catalogueRows.js';
import type { Changes, WantedItem } from './changes.js';
import { findChanges } from './changes.js';
import { idOf, readItemTable } from './itemTable.js';
import type { IndexImagesOptions } from './options.js';
import { checkIndexOptions } from './options.js';
import { bakeLock, existingStore, readSource, sourceBytes, sourceName } from './source.js';
import type { CatalogueSource } from './source.js';

/** The images to be in the catalogue, by content, with what a CSV file says of them. */
async function wantedItems(
  files: readonly string[],
  root: string,
  { meta, notice = toStderr, signal }: IndexImagesOptions,
  refused: IndexReport['refused'],
): Promise<WantedItem[]> {
  const table = meta === undefined ? undefined : await readItemTable(meta, notice);
  const items = await inParallel(files, async (path) => {
    signal?.throwIfAborted();
    try {
      const sha256 = await hashFile(path);
      return { id: idOf(root, path), path, sha256, meta: table && (table.get(resolve(path)) ?? {}) };
    } catch (error) {
      refused.push({ path, reason: (error as Error).message });
      return null;
    }
  });
  return items.filter((item) => item !== null);
}

/** How a catalogue is made: as it was, where it is there; a change is refused. */
async function settingsFor(store: VectorStore | null, options: IndexImagesOptions) {
  const known = store === null ? null : await keptSettings(store);
  const description = store === null ? null : (await store.info()).description;
  const settings: CatalogueSettings = {
    pooling: options.pooling ?? known?.pooling ?? 'gap',
    crops: options.crops ?? known?.crops ?? 0,
  };
  if (known !== null && known.crops !== settings.crops) {
    throw expectedInWords('crops for indexImages', `${known.crops}, as in the catalogue`, `${settings.crops}`);
  }
  return { settings, size: options.size ?? description?.size ?? 224, description };
}

/** The store at a place; what was killed before anything could be stored in it is begun anew. */
async function begunStore(location: string): Promise<VectorStore | null> {
  const store = await existingStore(location);
  if (store === null || (await keptSettings(store)) !== null) {
    return store;
  }
  const { count } = await store.info();
  await store.close();
  if (count > 0) {
    throw expectedInWords(
      location,
      'a new place, or a catalogue that weldon index has made',
      'vectors of another origin',
    );
  }
  // On a server the tables stay, and are taken up by the same images.
  for (const table of isServer(location) ? [] : ['vectors.lance', 'settings.lance']) {
    await rm(join(location, table), { recursive: true, force: true });
  }
  return null;
}

/**
 * Brings a store up to date. One without a PCA gets one as soon as the images are there that it is fitted to, and with it
 * what `begin` makes.
 *
 * @returns the store; `null` where the bake was stopped before there was one
 */
async function fill(
  bakery: Bakery,
  known: VectorStore | null,
  changes: Changes,
  onImages: IndexImagesOptions['onImages'],
  begin: (made: Projector) => Promise<VectorStore>,
): Promise<VectorStore | null> {
  let made = known === null ? null : await keptProjector(known);
  let store = known;
  const byContent = [...new Map(changes.embed.map((item) => [item.sha256, item])).values()];
  const sorted = byContent.map(({ sha256 }) => sha256).sort();
  const sample = new Map<string, EmbeddedItem['image'] | null>();
  sorted.slice(0, made === null ? pcaSample : 0).forEach((sha256) => sample.set(sha256, null));
  const awaited = new Set(sample.keys());
  if (made !== null) {
    await moveImages(store as VectorStore, changes);
  }
  const inSample = changes.embed.filter(({ sha256 }) => sample.has(sha256));
  const others = changes.embed.filter(({ sha256 }) => !sample.has(sha256));
  const waiting: EmbeddedItem[] = [];
  const shards: { end: number; drop(): Promise<void> }[] = [];
  let [done, stored] = [0, 0];
  /** Stores what is waiting, whole groups of them unless it is the end. */
  const flush = async (isEnd: boolean) => {
    if (made === null || store === null) {
      return;
    }
    while (waiting.length >= (isEnd ? 1 : groupSize)) {
      const group = waiting.splice(0, groupSize);
      await storeItems(store, made, group);
      stored += group.length;
    }
    while (shards.length > 0 && shards[0].end <= stored) {
      await shards.shift()!.drop();
    }
  };
  for await (const { items, contents, drop } of embedItems(bakery, [...inSample, ...others])) {
    waiting.push(...items);
    done += items.length;
    shards.push({ end: done, drop });
    items.forEach(({ item, image }) => sample.has(item.sha256) && sample.set(item.sha256, image));
    contents.forEach((sha256) => awaited.delete(sha256));
    onImages?.(done, changes.embed.length);
    if (made === null && awaited.size === 0) {
      made = await fitProjector([...sample.values()].filter((image) => image !== null));
      store = await begin(made);
      sample.clear();
    }
    await flush(false);
  }
  if (made === null) {
    if (bakery.signal?.aborted === true) {
      return null;
    }
    made = await fitProjector([]);
  }
  await flush(true);
  return store;
}

/** A bake, its catalogue's folder locked. */
async function bakeInto(
  location: string,
  paths: readonly string[],
  options: IndexImagesOptions,
  report: IndexReport,
): Promise<void> {
  const { engine, signal, notice = toStderr, onImages } = options;
  const found = await findImages(paths);
  const passedOver = passedOverInWords(paths.join(', '), found.passedOver);
  if (passedOver !== null) {
    notice(passedOver);
  }
  report.refused.push(...found.errors.map(({ path, error }) => ({ path, reason: error.message })));
  if (found.files.length === 0) {
    throw found.errors[0]?.error ?? expectedInWords('paths for indexImages', 'one or more', 'none');
  }
  let store = await begunStore(location);
  let network: BakeNetwork | null = null;
  const staged = options.store === undefined ? join(location, '.staged') : null;
  try {
    const before = store === null ? null : await readSource(store);
    const source: CatalogueSource = {
      root: before?.root ?? commonFolder(found.files),
      model: options.model === undefined ? (before?.model ?? null) : resolve(options.model),
    };
    const { settings, size, description } = await settingsFor(store, options);
    const pooling = descriptorOf(settings.pooling, 'indexImages').name;
    if (description !== null) {
      // With another pooling the network may be another, too: the first is what was asked for.
      checkMadeAlike(description, { size, pooling, version: rowVersion }, 'the catalogue');
    }
    network = await openBakeNetwork({ task: 'embeddings', model: source.model, size, ...settings }, { engine, notice });
    const { modelHash: model, engine: engineName } = network.recipe;
    if (description !== null) {
      checkMadeAlike(description, { model }, 'the catalogue');
    }
    const items = await wantedItems(found.files, source.root, options, report.refused);
    const changes = await findChanges(store, source.root, items, options.prune);
    Object.assign(report, changes.counts);
    const begun = performance.now();
    const bakery: Bakery = { network, staged, signal, notice, report };
    const filled = await fill(bakery, store, changes, onImages, async (made) => {
      const fresh = { model, engine: engineName, size, settings, pca: made.pca };
      store ??= await openStore(location, { create: await describeCatalogue(fresh) });
      await store.keep(sourceName, sourceBytes(source));
      await beginCatalogue(store, fresh);
      return store;
    });
    if (filled === null) {
      return;
    }
    if (signal?.aborted !== true) {
      if (changes.gone.length > 0) {
        await filled.delete(changes.gone);
      }
      // Where a server keeps them, unless it was told another place.
      const added = join(location, 'added');
      await Promise.all(
        isServer(location) ? [] : changes.unput.map((name) => rm(join(added, basename(name)), { force: true })),
      );
      const isChanged = changes.embed.length + changes.copy.length + changes.relabel.length + changes.gone.length > 0;
      if (isChanged) {
        await filled.optimize();
      }
      await sealCatalogue(filled);
      if (staged !== null) {
        await rm(staged, { recursive: true, force: true });
      }
    }
    const info = await filled.info();
    report.items = info.count;
    report.catalogue = info.location;
    report.seconds = (performance.now() - begun) / 1000;
  } finally {
    await network?.dispose();
    await store?.close();
  }
}

/**
 * Bakes a catalogue of images for `searchCatalogue`, or brings one up to date: by content, so that only new and changed
 * images go through the network; renamed ones keep their vectors, and those whose files are gone are taken out. Images of
 * other folders that are in the catalogue stay in it, as does what a server was given. A bake that is stopped or killed leaves whole batches, which can be
 * searched, and the next one goes on from there.
 *
 * The catalogue has a PCA of its own, fitted to up to 4096 of the first images and kept from then on.
 *
 * @param paths images, and folders, which are searched with their subfolders
 * @throws WeldonError for options out of range, no image at all, a catalogue made otherwise or in the hands of another
 *   process, and a store that cannot be written
 *
 * @example
 * const { added, items } = await indexImages(['photos'], { out: 'catalogue', meta: 'items.csv' });
 */
export async function indexImages(paths: readonly string[], options: IndexImagesOptions = {}): Promise<IndexReport> {
  checkIndexOptions(options);
  const folder = options.store === undefined ? resolve(options.out ?? 'catalogue') : null;
  const report: IndexReport = {
    catalogue: folder ?? '',
    items: 0,
    embedded: 0,
    refused: [],
    seconds: 0,
    stopped: 'finished',
    ...{ added: 0, changed: 0, gone: 0, renamed: 0, unchanged: 0 },
  };
  let unlock: (() => Promise<void>) | null = null;
  if (folder !== null) {
    await makeFolder(folder);
    unlock = await lockRun(folder, bakeLock);
  }
  try {
    await bakeInto(folder ?? (options.store as string), paths, options, report);
  } catch (error) {
    if (options.signal?.aborted !== true) {
      throw error;
    }
  } finally {
    await unlock?.();
  }
  return { ...report, stopped: options.signal?.aborted === true ? 'aborted' : 'finished' };
}
