import { WeldonError } from '../../../src/index.js';

const key = 'own';

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () =>
      reject(new WeldonError(`The browser's storage does not work (${request.error?.message ?? 'no reason given'}).`)),
    );
  });
}

/** One thing of the user's own, kept in the browser's storage. */
export interface OwnStore<T> {
  keep(value: T): Promise<void>;
  /** What was kept, or `null`. */
  kept(): Promise<T | null>;
  forget(): Promise<void>;
}

/** @param database and the store in it: a page has its own */
export function ownStore<T>(database: string, store: string): OwnStore<T> {
  async function within<R>(mode: IDBTransactionMode, work: (objects: IDBObjectStore) => IDBRequest<R>): Promise<R> {
    const opening = indexedDB.open(database, 1);
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(store));
    const opened = await finished(opening);
    try {
      return await finished(work(opened.transaction(store, mode).objectStore(store)));
    } finally {
      opened.close();
    }
  }
  return {
    async keep(value) {
      await within('readwrite', (objects) => objects.put(value, key));
    },
    async kept() {
      return ((await within('readonly', (objects) => objects.get(key))) as T | undefined) ?? null;
    },
    async forget() {
      await within('readwrite', (objects) => objects.delete(key));
    },
  };
}
