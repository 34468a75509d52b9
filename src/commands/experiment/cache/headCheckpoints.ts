import { rm } from 'node:fs/promises';
import { diskCheckpoints } from '../../../node/storage/diskCheckpoints.js';
import type { HeadCheckpoints } from '../../../training/heads/headCheckpoints.js';

/**
 * Checkpoints in a folder of their own. The first step is saved at once, so that a disk without room is told before
 * hours are spent; then every two seconds, or more seldom where saving takes long, so that it costs a twentieth at most.
 */
export function headCheckpoints(
  folder: string,
  now: () => number = Date.now,
): HeadCheckpoints & { remove(): Promise<void> } {
  const store = diskCheckpoints(folder);
  let next = -Infinity;
  return {
    async find(settings) {
      const found = await store.load('last');
      return found === null || found.optimizer === null || JSON.stringify(found.settings) !== JSON.stringify(settings)
        ? null
        : { step: found.position.step, weights: found.weights, optimizer: found.optimizer };
    },
    due: () => now() >= next,
    async save(settings, { step, weights, optimizer }) {
      const began = now();
      await store.save('last', {
        version: 1,
        settings,
        position: { phase: 0, epoch: 0, batch: 0, step },
        lossSum: 0,
        weights,
        optimizer,
        history: [],
        best: null,
        finished: false,
      });
      const ended = now();
      next = ended + Math.max(2000, 20 * (ended - began));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
