import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WeldonError } from '../../errors.js';
import type { CheckpointStore } from '../../training/checkpoint.js';
import { atomicWrite, writeError } from './atomicWrite.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpointFile.js';

/**
 * Keeps a run's last and best checkpoint as `last.checkpoint` and `best.checkpoint` in a folder. Each takes the place of
 * the older one only when it is complete, so that a run killed at any moment can go on.
 *
 * @param folder made if it is not there
 * @throws WeldonError (when used) if the folder cannot be written, or a checkpoint is damaged or of another version
 *
 * @example
 * await fineTune(model, data, { strategy: 'fineTune', epochs: 20, learningRate: 1e-3,
 *   checkpoints: diskCheckpoints('runs/rooms'), resume: true });
 */
export function diskCheckpoints(folder: string): CheckpointStore {
  const root = resolve(folder);
  const pathOf = (kind: string) => join(root, `${kind}.checkpoint`);
  return {
    async save(kind, checkpoint) {
      try {
        await mkdir(root, { recursive: true });
      } catch (error) {
        throw writeError(root, error);
      }
      await atomicWrite(pathOf(kind), encodeCheckpoint(checkpoint));
    },
    async load(kind) {
      const path = pathOf(kind);
      let bytes: Buffer;
      try {
        bytes = await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
          return null;
        }
        throw new WeldonError(`Cannot read the checkpoint ${path}: ${(error as Error).message}`);
      }
      return decodeCheckpoint(bytes, path);
    },
  };
}
