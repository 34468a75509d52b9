import { checkKeys } from '../../errors.js';
import { checkDescription, checkMadeAlike } from '../../search/vectorStore.js';
import type { StoreDescription, VectorStore } from '../../search/vectorStore.js';
import { openLanceStore } from './lanceStore.js';
import { openPgStore } from './pgStore.js';

/** How {@link openStore} opens a store. */
export interface OpenStoreOptions {
  /** What makes the query's vectors, as far as known; a store made otherwise is refused. Default: not compared */
  made?: Partial<StoreDescription>;
  /** Makes a store of this description where there is none. Default: such a place is refused */
  create?: StoreDescription;
  /** For a folder: vectors up to which searches read them into memory, where they are exact and faster. Default 150 000 */
  inMemory?: number;
}

/** Whether vectors are on a server, and not in a folder. */
export const isServer = (location: string) => /^postgres(ql)?:/i.test(location);

/**
 * Opens the vectors of a catalogue: a folder (kept by LanceDB, the optional packages `@lancedb/lancedb` and
 * `apache-arrow`), or a table of PostgreSQL with pgvector (the optional package `pg`), for several writers or machines.
 *
 * @param location a folder, or `postgres://user:password@host:port/database?catalogue=name` (default name: `weldon`);
 * the password appears in no error and no file
 * @throws WeldonError for a place without a store where none shall be made, one made otherwise, one that cannot be
 * reached or read, and with the line that installs what is missing
 *
 * @example
 * const store = await openStore('catalogue', { made: { model: hash, size: 224 } });
 * const hits = await store.search([vector], { k: 10, filter: { color: ['red', 'blue'] } });
 * await store.close();
 */
export async function openStore(location: string, options: OpenStoreOptions = {}): Promise<VectorStore> {
  checkKeys(options, 'made create inMemory', 'openStore');
  const { made = {}, create, inMemory } = options;
  if (create !== undefined) {
    checkDescription(create, 'openStore');
  }
  const store = isServer(location)
    ? await openPgStore(location, create)
    : await openLanceStore(location, { create, inMemory });
  try {
    const { description, location: shown } = await store.info();
    checkMadeAlike(description, { ...create, ...made }, shown);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}
