import { access, constants, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';
import { beginUnfinished, endUnfinished, partName, removeDeadParts } from './unfinished.js';

/** @throws the system's error for a name that is too long */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') {
      throw error;
    }
    return false;
  }
}

/** By hand, as Node's own never ends in folders such as /proc, where nothing can be made. */
async function mkdirWithParents(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) {
      return;
    }
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isFolder(parent))) {
      throw error;
    }
    await mkdirWithParents(parent);
    await mkdirWithParents(folder);
  }
}

/**
 * Makes a folder to write into, with those around it, if it is not there.
 *
 * @throws WeldonError where it cannot be made or may not be written to
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdirWithParents(resolve(folder));
    await access(folder, constants.W_OK);
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'EEXIST':
      case 'ENOTDIR':
        throw expectedInWords(
          folder,
          'a folder to write into',
          'a file of that name, or a path through a file: choose another',
        );
      // A disk that may only be read says so of folders within folders.
      case 'ENOENT':
        throw expectedInWords(folder, 'a folder to write into', 'one that cannot be made there: choose another');
      case 'ENAMETOOLONG':
        throw expectedInWords(folder, 'a folder to write into', 'a name that is too long here: choose a shorter one');
      default:
        throw writeError(join(folder, '.'), error);
    }
  }
}

/**
 * Makes the folder of a file that is written hours later, if it is not there.
 *
 * @throws WeldonError where the file could not be written then: a folder of its name, a folder that may not be written to
 */
export async function makeRoomFor(path: string): Promise<void> {
  await makeFolder(dirname(path));
  const trial = partName(path);
  beginUnfinished(trial);
  try {
    if (await isFolder(path)) {
      throw Object.assign(new Error(), { code: 'EISDIR' });
    }
    // Some folders only say so when something is to be made in them.
    await (await open(trial, 'wx')).close();
  } catch (error) {
    throw writeError(path, error);
  } finally {
    await rm(trial, { force: true }).catch(() => undefined);
    endUnfinished(trial);
  }
}

/** Codes of failures to write that are about the file's name; others would meet every file. */
const nameCodes = ['EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ'];

/** Whether an error would meet every other file in the folder, too: a full disk, a folder that may not be written to. */
export function meetsAllFiles(error: WeldonError): boolean {
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code !== undefined && !nameCodes.includes(code);
}

/** The sentence for a file that could not be written; its `cause` is the system's error. */
export function writeError(path: string, error: unknown): WeldonError {
  return Object.assign(writeSentence(path, error), { cause: error });
}

function writeSentence(path: string, error: unknown): WeldonError {
  const folder = dirname(path);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return expectedInWords(folder, 'a folder to write into', 'no folder of that name: create it or choose another');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return expectedInWords(
        folder,
        'a folder to write into',
        'one that may not be written to: check its permissions or choose another',
      );
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return expectedInWords(path, 'a file to write', 'a folder of that name: choose another name');
    case 'ENAMETOOLONG':
      return expectedInWords(path, 'a file to write', 'a name that is too long here: choose a shorter one');
    case 'ENOSPC':
    case 'EDQUOT':
      return expectedInWords(path, 'written', 'a full disk: make room or choose another folder');
    default:
      return expectedInWords(path, 'written', error instanceof Error ? error.message : String(error));
  }
}

/** Writes a file under its hidden name. */
async function writePart(path: string, content: string | Uint8Array, durable: boolean): Promise<void> {
  const file = await open(path, 'w');
  try {
    // Unlike a single `write`, goes on until a full disk says so.
    await file.writeFile(content);
    if (durable) {
      await file.sync();
    }
  } finally {
    await file.close();
  }
}

/**
 * Writes a whole file or nothing: the bytes go to a hidden file in the same folder and on to the disk itself, then the
 * file takes its name in one step. A failure, Ctrl-C or the end of the process removes the hidden file; an older file of
 * the name stays until the new one is complete, also where the power goes.
 *
 * By hand and not by `write-file-atomic` 7: that one leaves the count of its single `write` unread, so that on a disk
 * that fills a cut-off file takes the name without an error; and its handlers of signals and ours (`unfinished.ts`) would
 * each wait for the other to end the process.
 *
 * @param options.durable `false` for files that can be made anew and are checked when read: does not wait for the disk.
 *   Default true
 * @throws WeldonError, one sentence that names the folder or file: missing, not writable, a folder, no room
 *
 * @example
 * await atomicWrite('out/beach.png', await encodePng(pixels));
 */
export async function atomicWrite(
  path: string,
  content: string | Uint8Array,
  options?: { durable?: boolean },
): Promise<void> {
  await atomicWriteAll([{ path, content }], options);
}

/**
 * Writes several files that belong together: all of them are complete under their hidden names before the first takes
 * its own, in the order given.
 *
 * @throws WeldonError as `atomicWrite`
 */
export async function atomicWriteAll(
  files: readonly { path: string; content: string | Uint8Array }[],
  { durable = true }: { durable?: boolean } = {},
): Promise<void> {
  const parts = files.map(({ path, content }) => ({ path, content, temporary: partName(path) }));
  parts.forEach(({ temporary }) => beginUnfinished(temporary));
  for (const folder of new Set(parts.map(({ path }) => dirname(path)))) {
    await removeDeadParts(folder);
  }
  let current = '';
  try {
    for (const { path, content, temporary } of parts) {
      current = path;
      await writePart(temporary, content, durable);
    }
    for (const { path, temporary } of parts) {
      current = path;
      await rename(temporary, path);
    }
  } catch (error) {
    await Promise.all(parts.map(({ temporary }) => rm(temporary, { force: true }).catch(() => undefined)));
    throw writeError(current, error);
  } finally {
    parts.forEach(({ temporary }) => endUnfinished(temporary));
  }
}

/**
 * Writes a whole file or nothing, as `atomicWrite`, from pieces that are made one after another.
 *
 * @param fill writes pieces, waiting for each; what it throws leaves no file
 * @throws WeldonError as `atomicWrite`, and for a file that is there already
 *
 * @example
 * await atomicStream('vectors.npy', async (write) => { await write(header); for (const part of parts) await write(part); });
 */
export async function atomicStream<T>(
  path: string,
  fill: (write: (piece: Uint8Array | string) => Promise<void>) => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(resolve(path)));
  const refuseThere = async () => {
    if ((await lstat(path).catch(() => null)) !== null) {
      throw expectedInWords(path, 'a new file', 'one that is there already: it stays as it is; choose another name');
    }
  };
  await refuseThere();
  const temporary = partName(path);
  beginUnfinished(temporary);
  const toError = (error: unknown) => (error instanceof Error && 'code' in error ? writeError(path, error) : error);
  try {
    await removeDeadParts(dirname(path));
    const file = await open(temporary, 'w');
    let result: T;
    try {
      result = await fill(async (piece) => {
        await file.appendFile(piece);
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await refuseThere();
    await rename(temporary, path);
    return result;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toError(error);
  } finally {
    endUnfinished(temporary);
  }
}
