import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WeldonError } from '../../../src/index.js';

/** A folder in the making. */
export interface UnfinishedFolder {
  /** where its files go; those of an interrupted run are there already */
  place: string;
  /** Writes one of its files, which is whole where it is there at all. */
  write(name: string, content: string | Buffer): Promise<void>;
  /** Gives it its name, in one step. */
  finish(): Promise<void>;
}

/** The sentence for what could not be written. */
function writeError(path: string, error: unknown): WeldonError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new WeldonError(
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `Expected ${path} to be written but received a full disk: make room or choose another folder`
      : `Expected ${path} to be written but received ${message}`,
  );
}

const notEmpty = (folder: string, received: string) =>
  new WeldonError(`Expected ${folder} to be a new or an empty folder but received ${received}`);

async function refuseUsed(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown): string[] => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return [];
    }
    throw code === 'ENOTDIR' ? notEmpty(folder, 'a file of that name') : writeError(join(folder, '.'), error);
  });
  if (entries.length > 0) {
    throw notEmpty(folder, `one that holds ${entries.slice(0, 3).join(', ')}`);
  }
}

/** Removes what a killed process had not finished writing. */
async function removeParts(place: string): Promise<void> {
  const names = await readdir(place, { recursive: true });
  await Promise.all(
    names.filter((name) => name.endsWith('.unfinished')).map((name) => rm(join(place, name), { force: true })),
  );
}

/**
 * Begins a folder, or goes on with what an interrupted run of the same mark has left of it. It stands under a hidden name
 * beside its place until it is whole, and stays there when the process ends.
 *
 * @param mark file that says what the folder was made from, with `text`; what was left under another text goes
 * @param folders in it, to be made
 * @throws WeldonError for a folder that holds something already or cannot be written
 */
export async function unfinishedFolder(
  path: string,
  mark: string,
  text: string,
  folders: readonly string[],
): Promise<UnfinishedFolder> {
  const folder = resolve(path);
  await refuseUsed(folder);
  const place = join(dirname(folder), `.${basename(folder)}.part`);
  try {
    if ((await readFile(join(place, mark), 'utf8').catch(() => null)) !== text) {
      await rm(place, { recursive: true, force: true });
    }
    for (const name of folders) {
      await mkdir(join(place, name), { recursive: true });
    }
  } catch (error) {
    throw writeError(folder, error);
  }
  const write = async (name: string, content: string | Buffer) => {
    const path = join(place, name);
    const unfinished = `${path}.unfinished`;
    try {
      await writeFile(unfinished, content);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw writeError(path, error);
    }
  };
  await write(mark, text);
  return {
    place,
    write,
    async finish() {
      try {
        await removeParts(place);
        await rmdir(folder).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
            throw error;
          }
        });
        await rename(place, folder);
      } catch (error) {
        throw writeError(folder, error);
      }
    },
  };
}
