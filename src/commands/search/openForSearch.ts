import { resolve } from 'node:path';
import type { FrozenPass } from '../../models/frozenPass.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import type { FrozenNetwork } from '../../node/features/frozenNetwork.js';
import { toStderr } from '../../node/notice.js';
import { openStore } from '../../node/vectorStores/openStore.js';
import type { Catalogue } from '../../search/catalogue.js';
import { openCatalogue } from '../../search/catalogue.js';
import { checkMadeAlike } from '../../search/vectorStore.js';
import { readSource } from '../index/source.js';
import type { CatalogueOptions } from './options.js';

/** A catalogue that was opened, with the network that made it. */
export interface OpenForSearch {
  catalogue: Catalogue;
  /** the file of an item, whether it is still there or not */
  fileOf(id: string): string;
  root: string;
  /** loaded when it is first asked for */
  pass(): Promise<FrozenPass>;
  close(): Promise<void>;
}

/**
 * Opens a catalogue to search it.
 *
 * @throws WeldonError for a place without a catalogue, and (when the network is asked for) where its model is another now
 */
export async function openForSearch({
  catalogue: location,
  engine,
  notice = toStderr,
}: CatalogueOptions): Promise<OpenForSearch> {
  const store = await openStore(location);
  try {
    const source = await readSource(store);
    const catalogue = await openCatalogue(store);
    if (!catalogue.finished) {
      notice(`The catalogue ${location} is unfinished: weldon index goes on with it, and what is there is searched`);
    }
    let network: Promise<FrozenNetwork> | null = null;
    const load = async () => {
      const opened = await openFrozenNetwork({ folder: source.model ?? undefined, engine, notice });
      try {
        checkMadeAlike(catalogue.description, { model: opened.modelHash }, 'the catalogue');
        return opened;
      } catch (error) {
        await opened.dispose();
        throw error;
      }
    };
    return {
      catalogue,
      root: source.root,
      fileOf: (id) => resolve(source.root, id),
      async pass() {
        network ??= load();
        return (await network).pass;
      },
      async close() {
        await (await network?.catch(() => null))?.dispose();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
