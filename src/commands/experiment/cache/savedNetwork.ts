import type * as tfl from '@tensorflow/tfjs-layers';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { fileHandler } from '../../../node/models/fileHandler.js';
import { loadModel } from '../../../node/models/loadModel.js';
import { keyHash } from './resultCache.js';

/** A trained network on the disk, for what is asked of it after its training. */
export interface SavedNetwork {
  folder: string;
  /** tells it from all others, in the keys of what it gives */
  name: string;
}

/**
 * Where a network is saved.
 *
 * @param name of its training
 * @param key all that decides it
 */
export function savedNetwork(root: string, name: string, key: unknown): SavedNetwork {
  const whole = `${name}-${keyHash(key)}`;
  return { folder: join(root, whole), name: whole };
}

/** model.json is written last: where it is, the weights are too. */
export const isSaved = ({ folder }: SavedNetwork): boolean => existsSync(join(folder, 'model.json'));

/** @throws WeldonError if the disk is full or cannot be written to; there is nothing of the network then */
export async function saveNetwork(model: tfl.LayersModel, { folder }: SavedNetwork): Promise<void> {
  await model.save(fileHandler(folder));
}

/**
 * The caller disposes what it gets.
 *
 * @throws WeldonError if it cannot be read, naming the file
 */
export async function openSavedNetwork(folder: string): Promise<tfl.LayersModel> {
  const loaded = await loadModel(folder);
  if (loaded.kind === 'graph') {
    loaded.model.dispose();
    throw expectedInWords(folder, 'a LayersModel that a training has left', 'a GraphModel: remove it');
  }
  return loaded.model;
}
