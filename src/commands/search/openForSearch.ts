import { basename, join, resolve } from 'node:path';
import type { FrozenPass } from '../../models/frozenPass.js';
import { toStderr } from '../../node/notice.js';
import { fileRanges } from '../../node/models/fileRanges.js';
import { isServer, openStore } from '../../node/vectorStores/openStore.js';
import type { Catalogue } from '../../search/catalogue.js';
import { openCatalogue } from '../../search/catalogue.js';
import { unzipCollection } from '../../search/collection/collection.js';
import type { ListedItem, VectorStore } from '../../search/vectorStore.js';
import { readSource } from '../index/source.js';
import { openSearchNetwork } from './network.js';
import type { CatalogueOptions } from './options.js';

/** A catalogue that was opened, with the network that made it. */
export interface OpenForSearch {
  catalogue: Catalogue;
  /** the file of an item, whether it is still there or not */
  fileOf(item: ListedItem): string;
  root: string;
  /** loaded when it is first asked for */
  pass(): Promise<FrozenPass>;
  close(): Promise<void>;
}

/** The vectors of a collection. */
async function openZip(location: string): Promise<VectorStore> {
  const file = await fileRanges(location);
  try {
    return (await unzipCollection(file, location)).store;
  } finally {
    await file.close();
  }
}

/**
 * Opens a catalogue to search it, or a collection that was taken along in a zip file.
 *
 * @throws WeldonError for a place without a catalogue, and (when the network is asked for) where its model is another now
 *   or its engine does not start
 */
export async function openForSearch({
  catalogue: location,
  engine,
  notice = toStderr,
}: CatalogueOptions): Promise<OpenForSearch> {
  const isZip = /\.zip$/i.test(location);
  const store = isZip ? await openZip(location) : await openStore(location);
  try {
    // A collection has thumbnails alone: its images count as gone.
    const source = isZip ? { root: resolve(location), model: null } : await readSource(store);
    const catalogue = await openCatalogue(store);
    if (!catalogue.finished) {
      notice(`The catalogue ${location} is unfinished: weldon index goes on with it, and what is there is searched`);
    }
    let pass: Promise<FrozenPass> | null = null;
    return {
      catalogue,
      root: source.root,
      fileOf: ({ id, meta: { put } }) =>
        typeof put === 'string' && !isServer(location)
          ? join(location, 'added', basename(put))
          : resolve(source.root, id),
      async pass() {
        pass ??= openSearchNetwork(catalogue, { folder: source.model, engine, notice });
        return pass;
      },
      async close() {
        await (await pass?.catch(() => null))?.dispose();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
