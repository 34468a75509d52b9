import { resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { embeddingsOf } from '../../node/bake/shardFile.js';
import { lockRun } from '../../node/storage/lock.js';
import { isServer, openStore } from '../../node/vectorStores/openStore.js';
import { beginCatalogue, describeCatalogue, sealCatalogue } from '../../search/catalogue.js';
import type { Projector } from '../../search/pca.js';
import type { VectorStore } from '../../search/vectorStore.js';
import { imagesOf } from '../bake/collected.js';
import type { Collected, CollectedShard } from '../bake/collected.js';
import type { EmbeddedItem } from './catalogueRows.js';
import { commonFolder, fitProjector, groupSize, pcaSample, storeItems } from './catalogueRows.js';
import { idOf } from './itemTable.js';
import { bakeLock, existingStore, sourceBytes, sourceName } from './source.js';

const isAddress = (key: string) => /^[a-z][a-z0-9+.-]+:\/\//i.test(key);

/** The images of a shard of embeddings, by their keys. */
function shardItems(shard: CollectedShard): { key: string; sha256: string; image: EmbeddedItem['image'] }[] {
  const images = embeddingsOf(shard.commit, shard.content);
  return imagesOf(shard).flatMap(({ key, row, sha256 }) =>
    row === null ? [] : [{ key, sha256: sha256 as string, image: images[row] }],
  );
}

/** The folder that all images from the disk lie in, and the images that its PCA is fitted to: the first, by content. */
async function firstLook({ shards }: Collected) {
  let root: string | null = null;
  let sample: { sha256: string; image: EmbeddedItem['image'] }[] = [];
  const trim = () => {
    sample = sample.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)).slice(0, pcaSample);
  };
  for await (const shard of shards(false)) {
    for (const { key, sha256, image } of shardItems(shard)) {
      if (!isAddress(key)) {
        root = root === null ? commonFolder([key]) : commonFolder([key, `${root}/x`]);
      }
      sample.push({ sha256, image });
    }
    if (sample.length > 2 * pcaSample) {
      trim();
    }
  }
  trim();
  const unique = sample.filter(({ sha256 }, i) => sha256 !== sample[i - 1]?.sha256);
  return { root: root ?? resolve('.'), sample: unique.map(({ image }) => image) };
}

async function storeAll({ shards }: Collected, store: VectorStore, made: Projector, root: string): Promise<void> {
  const waiting: EmbeddedItem[] = [];
  const flush = async (least: number) => {
    while (waiting.length >= least) {
      await storeItems(store, made, waiting.splice(0, groupSize));
    }
  };
  for await (const shard of shards()) {
    for (const { key, sha256, image } of shardItems(shard)) {
      waiting.push({ item: { id: isAddress(key) ? key : idOf(root, key), sha256, meta: undefined }, image });
    }
    await flush(groupSize);
  }
  await flush(1);
}

/**
 * Makes a catalogue of a bake's embeddings, as `indexImages` makes it of the images; that one goes on with it. Images from
 * elsewhere than the disk have their addresses as names.
 *
 * @param to a new folder, or `postgres://…?catalogue=name`
 * @returns its place, without a password
 * @throws WeldonError for a place that holds a catalogue already, and fewer than two images
 */
export async function catalogueOfBake(collected: Collected, to: string): Promise<string> {
  const { recipe } = collected.run;
  const unlock = isServer(to) ? null : await lockRun(resolve(to), bakeLock);
  let store: VectorStore | null = null;
  try {
    store = await existingStore(to);
    if (store !== null) {
      throw expectedInWords(
        (await store.info()).location,
        'a new place for a catalogue',
        'one that has a catalogue: it stays as it is',
      );
    }
    const { root, sample } = await firstLook(collected);
    const made = await fitProjector(sample);
    const fresh = {
      ...{ model: recipe.modelHash, engine: recipe.engine, size: recipe.resize.size, pca: made.pca },
      settings: { pooling: recipe.pooling ?? 'gap', crops: recipe.crops ?? 0 },
    };
    store = await openStore(to, { create: await describeCatalogue(fresh) });
    await store.keep(sourceName, sourceBytes({ root, model: recipe.model }));
    await beginCatalogue(store, fresh);
    await storeAll(collected, store, made, root);
    await store.optimize();
    await sealCatalogue(store);
    return (await store.info()).location;
  } finally {
    await store?.close();
    await unlock?.();
  }
}
