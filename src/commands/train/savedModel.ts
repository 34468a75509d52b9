import type * as tfl from '@tensorflow/tfjs-layers';
import type { Checkpoint, CheckpointStore } from '../../training/checkpoint.js';
import { writeWeights } from '../../training/checkpoint.js';
import type { RunPaths } from './runFolder.js';
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

function hasFiniteWeights({ weights }: Checkpoint): boolean {
  return weights.every(({ values }) => values.every(Number.isFinite));
}

/**
 * Writes the model of the best epoch of a run that diverged, or of its last checkpoint where there is no best; one whose
 * weights are not all finite numbers is passed over.
 *
 * @param model takes the weights
 * @returns a sentence, without its full stop, that says what is in the model's folder
 */
export async function saveModelOfCheckpoint(
  model: tfl.LayersModel,
  checkpoints: CheckpointStore,
  paths: RunPaths,
  metric: string,
  licenseFiles: readonly string[],
): Promise<string> {
  for (const kind of ['best', 'last'] as const) {
    const checkpoint = await checkpoints.load(kind);
    if (checkpoint === null || !hasFiniteWeights(checkpoint)) {
      continue;
    }
    const { best, position, weights } = checkpoint;
    writeWeights(model, weights);
    await saveFinishedModel(model, paths.model, licenseFiles);
    const which =
      kind === 'best' && best !== null
        ? `the best epoch before that, ${best.epoch + 1}, with ${metric} ${(100 * best.value).toFixed(1)} % on the validation images`
        : `the last checkpoint before that, of step ${position.step}`;
    return `${paths.model} holds the model of ${which}`;
  }
  return 'There is no checkpoint from before that, and no model';
}
