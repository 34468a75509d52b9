import { WeldonError } from '../../../src/index.js';
import type { NamedBytes } from '../messages.js';

const key = 'own';

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () =>
      reject(new WeldonError(`The browser's storage does not work (${request.error?.message ?? 'no reason given'}).`)),
    );
  });
}

async function database(): Promise<IDBDatabase> {
  const opening = indexedDB.open('tfjs-weldon', 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('models'));
  return finished(opening);
}

async function withModels<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await database();
  try {
    return await finished(work(opened.transaction('models', mode).objectStore('models')));
  } finally {
    opened.close();
  }
}

/** Keeps the files of the user's own model in the browser's storage. */
export async function keepModel(files: readonly NamedBytes[]): Promise<void> {
  try {
    await withModels('readwrite', (store) => store.put([...files], key));
  } catch (error) {
    throw new WeldonError(
      `The model is ready but cannot be kept in this browser: save it as files. ${(error as Error).message}`,
    );
  }
}

/** The files that were kept, or `null`. */
export async function keptModel(): Promise<NamedBytes[] | null> {
  return ((await withModels('readonly', (store) => store.get(key))) as NamedBytes[] | undefined) ?? null;
}

export async function forgetKeptModel(): Promise<void> {
  await withModels('readwrite', (store) => store.delete(key));
}
