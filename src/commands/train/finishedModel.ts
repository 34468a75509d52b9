import type * as tfl from '@tensorflow/tfjs-layers';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeError } from '../../node/storage/atomicWrite.js';
import { fileHandler } from '../../node/models/fileHandler.js';

/**
 * Writes a trained model to a folder of its own, with the licence texts of its backbone beside it. An older one stays
 * until the new one is complete.
 */
export async function saveFinishedModel(
  model: tfl.LayersModel,
  folder: string,
  licenseFiles: readonly string[],
): Promise<void> {
  await model.save(fileHandler(folder));
  for (const file of licenseFiles) {
    const path = join(folder, basename(file));
    try {
      await copyFile(file, path);
    } catch (error) {
      throw writeError(path, error);
    }
  }
}
