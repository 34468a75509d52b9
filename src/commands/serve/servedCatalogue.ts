/** The catalogue behind a server: opened once, looked at for changes, opened anew where it was made anew. */
import { mkdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import { atomicWrite, writeError } from '../../node/storage/atomicWrite.js';
import { openStore } from '../../node/vectorStores/openStore.js';
import type { Catalogue } from '../../search/catalogue.js';
import { openCatalogue } from '../../search/catalogue.js';
import type { ListedItem } from '../../search/vectorStore.js';
import { readSource } from '../index/source.js';
import { sha256Of } from '../../node/storage/plainFile.js';

/** A catalogue with the network that makes its vectors. */
export interface OpenedCatalogue {
  catalogue: Catalogue;
  pass: FrozenPass;
}

export interface ServedCatalogue {
  /** Runs with the catalogue as it is: one that is made anew meanwhile is closed when the last such run has ended. */
  use<T>(run: (opened: OpenedCatalogue) => Promise<T>): Promise<T>;
  /** The file of an item's image, or null where there is none. */
  imageFile(item: ListedItem): Promise<string | null>;
  /** Keeps the image of an item that is put; gives its file. */
  keepImage(id: string, bytes: Uint8Array, format: string): Promise<string>;
  /** Removes the image that an item was put with, unless `kept` is the same file. */
  dropImage(item: ListedItem, kept?: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the network that a catalogue was made with.
 *
 * @param folder of the model; null for the one of this package
 */
export type PassFor = (catalogue: Catalogue, folder: string | null) => Promise<FrozenPass>;

export interface ServedOptions {
  location: string;
  passFor: PassFor;
  images: string | undefined;
  added: string | null;
  notice: (sentence: string) => void;
  /** Milliseconds between looks at the store. Default 1000 */
  every?: number;
}

interface Held extends OpenedCatalogue {
  revision: number;
  /** folder that the images lie in, as the bake has kept it */
  root: string;
  users: number;
  retired: boolean;
}

async function open({ location, passFor }: ServedOptions, before: Held | null): Promise<Held> {
  const store = await openStore(location);
  try {
    const catalogue = await openCatalogue(store);
    const { description } = catalogue;
    const isSame = JSON.stringify(before?.catalogue.description) === JSON.stringify(description);
    const { root, model } = await readSource(store);
    const pass = isSame ? before!.pass : await passFor(catalogue, model);
    const { revision } = await store.info();
    return { catalogue, pass, revision, root, users: 0, retired: false };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens a catalogue for a server. */
export async function openServed(options: ServedOptions): Promise<ServedCatalogue> {
  const { images, added, notice, every = 1000 } = options;
  let held = await open(options, null);
  let looked = performance.now();
  let looking: Promise<void> | null = null;
  let told = '';

  async function release(each: Held): Promise<void> {
    if (each.retired && each.users === 0) {
      await each.catalogue.store.close().catch(() => undefined);
      if (each.pass !== held.pass) {
        await each.pass.dispose();
      }
    }
  }

  /** Opens the catalogue anew where others have changed it; until that goes well, the one in hand is served. */
  async function look(): Promise<void> {
    try {
      const { revision } = await held.catalogue.store.info();
      if (revision === held.revision) {
        return;
      }
    } catch {
      // Gone, or made anew: what comes next says it.
    }
    try {
      const next = await open(options, held);
      const last = held;
      held = next;
      last.retired = true;
      await release(last);
      told = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== told) {
        notice(`The catalogue in hand is served on: ${message}`);
      }
      told = message;
    }
  }

  function lookAgain(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
      looked = performance.now();
    });
    return looking;
  }

  /** The image that an item was put with. */
  const putFile = ({ meta: { put } }: ListedItem) =>
    added === null || typeof put !== 'string' ? null : join(added, basename(put));

  return {
    async use(run) {
      if (performance.now() - looked > every) {
        void lookAgain();
      }
      const mine = held;
      mine.users++;
      try {
        return await run(mine);
      } catch (error) {
        // Where the folder was replaced, the store in hand has nothing to read any more.
        if (!(error instanceof WeldonError) || mine.retired) {
          throw error;
        }
        await lookAgain();
        if (held === mine) {
          throw error;
        }
        return await run(held);
      } finally {
        mine.users--;
        await release(mine);
      }
    },
    async imageFile(item) {
      const own = putFile(item);
      if (own !== null) {
        return stat(own).then(
          () => own,
          () => null,
        );
      }
      try {
        const folder = await realpath(images ?? held.root);
        const file = await realpath(resolve(folder, item.id));
        return file.startsWith(folder.endsWith(sep) ? folder : folder + sep) ? file : null;
      } catch {
        return null;
      }
    },
    async keepImage(id, bytes, format) {
      if (added === null) {
        throw expectedInWords(
          'a place for the images of added items',
          'given',
          'none: start the server with --added FOLDER',
        );
      }
      try {
        await mkdir(added, { recursive: true });
      } catch (error) {
        throw writeError(join(added, 'image'), error);
      }
      const path = join(added, `${sha256Of(id)}.${format}`);
      await atomicWrite(path, bytes);
      return path;
    },
    async dropImage(item, kept) {
      const own = putFile(item);
      if (own !== null && own !== kept) {
        await rm(own, { force: true });
      }
    },
    async close() {
      await looking;
      held.retired = true;
      await held.catalogue.store.close();
      await held.pass.dispose();
    },
  };
}
