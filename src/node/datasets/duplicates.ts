import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { inParallel } from '../images/inParallel.js';

/** The lists of places that have the same value, where there are several; `null` is the same as nothing. */
function groups<T>(values: readonly (T | null)[]): number[][] {
  const places = new Map<T, number[]>();
  values.forEach((value, i) => {
    if (value !== null) {
      const group = places.get(value) ?? [];
      group.push(i);
      places.set(value, group);
    }
  });
  return [...places.values()].filter((group) => group.length > 1);
}

/**
 * Finds files of the same content. Only files of equal size are read, each once.
 *
 * @param skipUnreadable a file that cannot be read is equal to none; otherwise its error is passed on
 * @returns places in `paths`, in groups of two or more, each group in their order
 */
export async function equalFiles(paths: readonly string[], skipUnreadable = false): Promise<number[][]> {
  const skip = (error: unknown): null => {
    if (skipUnreadable) {
      return null;
    }
    throw error;
  };
  const sizes = await inParallel(paths, (path) =>
    stat(path)
      .then(({ size }) => size)
      .catch(skip),
  );
  const candidates = groups(sizes)
    .flat()
    .sort((a, b) => a - b);
  const hashes = await inParallel(candidates, (i) =>
    readFile(paths[i])
      .then((bytes) => createHash('sha256').update(bytes).digest('hex'))
      .catch(skip),
  );
  return groups(hashes).map((group) => group.map((i) => candidates[i]));
}
