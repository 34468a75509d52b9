/** Copies of images with their tags inside. */
import { basename, join, resolve } from 'node:path';
import { expectedInWords, WeldonError } from '../../errors.js';
import { makeRoomFor } from '../../node/storage/atomicWrite.js';
import { lockRun, resultsLock } from '../../node/storage/lock.js';
import { openLedger } from '../../node/storage/ownFiles.js';
import type { Sidecars } from './sidecars.js';
import type { TaggedFile } from './tagList.js';

/** @throws WeldonError where two images would have one copy */
export function refuseSameNames(paths: readonly string[]): void {
  const first = new Map<string, string>();
  for (const path of paths) {
    const name = basename(path).toLowerCase();
    const other = first.get(name);
    if (other !== undefined) {
      throw expectedInWords(
        'the images to copy',
        'named differently, since copies lie in one folder',
        `${other} and ${path}`,
      );
    }
    first.set(name, path);
  }
}

/** Writes a copy of each image under its own name; what the program did not make is not written over. */
export async function writeCopies(
  { copyWith }: Sidecars,
  folder: string,
  paths: readonly string[],
  images: readonly TaggedFile[],
): Promise<{ copies: string[]; failed: { image: string; error: string }[] }> {
  await makeRoomFor(join(folder, 'any'));
  const unlock = await lockRun(resolve(folder), resultsLock);
  try {
    const ledger = await openLedger(folder);
    const copies: string[] = [];
    const failed: { image: string; error: string }[] = [];
    for (const [i, path] of paths.entries()) {
      const to = join(folder, basename(path));
      try {
        await ledger.refuseForeign(to);
        await ledger.write({ path: to, content: await copyWith(path, images[i].tags) });
        copies.push(to);
      } catch (error) {
        if (!(error instanceof WeldonError)) {
          throw error;
        }
        failed.push({ image: images[i].image, error: error.message });
      }
    }
    return { copies, failed };
  } finally {
    await unlock();
  }
}
