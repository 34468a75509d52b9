import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { makeFolder, writeError } from './atomicWrite.js';
import { beginUnfinished, endUnfinished, partName, removeDeadParts } from './unfinished.js';

/** Whether the folder is there; a folder with something in it, or a file, is refused. */
async function isThere(folder: string): Promise<boolean> {
  try {
    const entries = await readdir(folder);
    if (entries.length > 0) {
      throw expectedInWords(folder, 'a new or an empty folder', `one that holds ${entries.slice(0, 3).join(', ')}`);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return false;
    }
    throw code === 'ENOTDIR'
      ? expectedInWords(folder, 'a new or an empty folder', 'a file of that name')
      : code === undefined
        ? error
        : writeError(join(folder, '.'), error);
  }
}

/**
 * Makes a whole folder or nothing: it is filled under another name beside the place where it shall be, and takes its
 * name in one step. A failure, Ctrl-C or the end of the process removes what was written.
 *
 * @param fill writes files into the folder that it is given
 * @throws WeldonError for a folder that holds something already or cannot be written, and whatever `fill` throws
 *
 * @example
 * await atomicFolder('models/rooms', (folder) => writeFile(join(folder, 'model.json'), json));
 */
export async function atomicFolder<T>(path: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const folder = resolve(path);
  const there = await isThere(folder);
  const temporary = partName(folder);
  await removeDeadParts(dirname(folder));
  await makeFolder(dirname(folder));
  try {
    await mkdir(temporary);
  } catch (error) {
    throw writeError(folder, error);
  }
  beginUnfinished(temporary);
  try {
    const result = await fill(temporary);
    if (there) {
      await rmdir(folder);
    }
    try {
      await rename(temporary, folder);
    } catch (error) {
      throw writeError(folder, error);
    }
    return result;
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    endUnfinished(temporary);
  }
}
