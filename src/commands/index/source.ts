import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { resultsLock } from '../../node/storage/lock.js';
import type { LockUse } from '../../node/storage/lock.js';
import { isServer, openStore } from '../../node/vectorStores/openStore.js';
import type { VectorStore } from '../../search/vectorStore.js';

/** Where the images of a catalogue and its network are. */
export interface CatalogueSource {
  /** folder that the names of items start from */
  root: string;
  /** folder of the model; null for the one of this package */
  model: string | null;
}

/** Name under which a store keeps it. */
export const sourceName = 'source';

export const sourceBytes = (source: CatalogueSource) => new TextEncoder().encode(JSON.stringify(source));

/** @throws WeldonError for a store that no bake has filled */
export async function readSource(store: VectorStore): Promise<CatalogueSource> {
  const bytes = await store.kept(sourceName);
  if (bytes === null) {
    throw expectedInWords(
      'the catalogue',
      'one that weldon index has made',
      'a store that does not say where its images are',
    );
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as CatalogueSource;
}

/** How a server says that there is none yet. */
const noCatalogue = 'a database without one of that name';

/** The store at a place, `null` where none was made yet. */
export async function existingStore(location: string): Promise<VectorStore | null> {
  if (!isServer(location)) {
    return existsSync(join(location, 'vectors.lance')) ? openStore(location) : null;
  }
  try {
    return await openStore(location);
  } catch (error) {
    if ((error as Error).message.endsWith(noCatalogue)) {
      return null;
    }
    throw error;
  }
}

/** A folder of a catalogue is baked into by one process at a time. */
export const bakeLock: LockUse = {
  ...resultsLock,
  owner: (folder) => `the catalogue ${folder}`,
  rule: 'baked by one process at a time',
  doing: 'baking',
  does: 'bakes',
};
