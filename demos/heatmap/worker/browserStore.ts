import { WeldonError } from '../../../src/index.js';
import { ownStore } from '../../page/worker/browserStore.js';
import type { NamedBytes } from '../messages.js';

const models = ownStore<NamedBytes[]>('tfjs-weldon', 'models');

/** Keeps the files of the user's own model in the browser's storage. */
export async function keepModel(files: readonly NamedBytes[]): Promise<void> {
  try {
    await models.keep([...files]);
  } catch (error) {
    throw new WeldonError(
      `The model is ready but cannot be kept in this browser: save it as files. ${(error as Error).message}`,
    );
  }
}

/** The files that were kept, or `null`. */
export const keptModel = () => models.kept();

export const forgetKeptModel = () => models.forget();
