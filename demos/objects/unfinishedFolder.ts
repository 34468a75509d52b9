import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WeldonError } from '../../src/index.js';

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

/** What a folder shall be made from: a file of it says so. */
export interface FolderMark {
  /** for sentences, such as "scattered objects" */
  what: string;
  options: object;
}

const markFile = 'made.json';
const textOf = ({ what, options }: FolderMark) => `${JSON.stringify({ dataSet: what, version: 1, ...options })}\n`;

/** Whether the folder holds just what the options ask for; whatever else it holds is not touched. */
export async function isMade(folder: string, mark: FolderMark): Promise<boolean> {
  const found = await readFile(join(folder, markFile), 'utf8').catch(() => null);
  if (found !== null && found !== textOf(mark)) {
    throw new WeldonError(
      `Expected ${folder} to be a new folder, or one with ${mark.what} made with the same options but received one made with ${found.trim()}`,
    );
  }
  return found !== null;
}

/**
 * Makes a folder that is complete or not there; one that was made with the same options stays as it is.
 *
 * @param folders in it, to be made
 * @param fill writes its files
 * @returns whether it was made now
 * @throws WeldonError as {@link unfinishedFolder}, and for a folder that was made with other options
 */
export async function makeFolder(
  folder: string,
  mark: FolderMark,
  folders: readonly string[],
  fill: (unfinished: UnfinishedFolder) => Promise<void>,
): Promise<boolean> {
  if (await isMade(folder, mark)) {
    return false;
  }
  try {
    const unfinished = await unfinishedFolder(folder, markFile, textOf(mark), folders);
    await fill(unfinished);
    await unfinished.finish();
    return true;
  } catch (error) {
    // Another process has been at it, too, and was first.
    if (await isMade(folder, mark)) {
      return false;
    }
    throw error;
  }
}

/** How the images of a folder are made. */
export interface MakeOptions {
  signal?: AbortSignal;
  onImage?: (done: number, total: number) => void;
}

/**
 * Makes images, four at a time.
 *
 * @param what for sentences
 * @throws WeldonError where it was stopped
 */
export async function makeEach<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
  what: string,
  { signal, onImage }: MakeOptions,
): Promise<Made[]> {
  let done = 0;
  const made: Made[] = [];
  for (let from = 0; from < items.length; from += 4) {
    const some = items.slice(from, from + 4).map(async (item) => {
      if (signal?.aborted === true) {
        throw new WeldonError(`Stopped after ${done} of ${items.length} images of ${what}`);
      }
      const result = await make(item);
      onImage?.(++done, items.length);
      return result;
    });
    // All four come to their end before a failure is thrown: nothing is written after it.
    for (const result of await Promise.allSettled(some)) {
      if (result.status === 'rejected') {
        throw result.reason;
      }
      made.push(result.value);
    }
  }
  return made;
}
