import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedInWords, WeldonError } from '../../errors.js';
import { imageExtensions, isImageName } from './imageNames.js';
import { pathOnDisk } from './listedFiles.js';
import { ledgerName, openLedger } from '../storage/ownFiles.js';
import { fileKind, folderKind } from './passedOver.js';
import type { PassedOver } from './passedOver.js';

export interface FoundImages {
  /** the files to read, each once, in the order of the arguments and sorted by name within a folder */
  files: string[];
  /** arguments that led nowhere, folders inside them that cannot be read, names that are no UTF-8 */
  errors: { path: string; error: WeldonError }[];
  /** what lies in the folders and is not taken: HEIC and raw photos, texts, hidden files, folders of systems */
  passedOver: PassedOver[];
}

/** What a folder holds, sorted by name, but for what is hidden or made by a system. */
export interface FolderEntry {
  name: string;
  path: string;
  isFolder: boolean;
}

/** A name's bytes for a sentence, those that are no ASCII as `\xFC`. */
function shown(bytes: Buffer): string {
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase()}`,
  ).join('');
}

/**
 * Lists a folder. Names are read as bytes: those that are no UTF-8 lead nowhere as text.
 *
 * @param passedOver takes what is left out
 * @returns the entries, and those whose names are no UTF-8, with bytes for show
 */
export async function listFolder(
  folder: string,
  passedOver: PassedOver[],
): Promise<{ entries: FolderEntry[]; unnamed: FolderEntry[] }> {
  const entries: FolderEntry[] = [];
  const unnamed: FolderEntry[] = [];
  let hasResults = false;
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const name = entry.name.toString('utf8');
    if (!Buffer.from(name).equals(entry.name)) {
      unnamed.push({ name: shown(entry.name), path: join(folder, shown(entry.name)), isFolder: entry.isDirectory() });
      continue;
    }
    hasResults ||= name === ledgerName;
    const path = join(folder, name);
    const target = entry.isSymbolicLink() ? await stat(path).catch(() => null) : entry;
    const isFolder = target?.isDirectory() ?? false;
    const kind =
      target === null
        ? 'link that leads nowhere'
        : isFolder
          ? folderKind(name)
          : !target.isFile()
            ? 'device or pipe'
            : name.startsWith('.')
              ? fileKind(name)
              : null;
    if (kind !== null) {
      passedOver.push({ path, kind });
    } else if (!name.startsWith('.')) {
      entries.push({ name, path, isFolder });
    }
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { entries: hasResults ? await withoutResults(folder, entries, passedOver) : entries, unnamed };
}

/** Heat maps are images, too, but none to take. */
async function withoutResults(
  folder: string,
  entries: readonly FolderEntry[],
  passedOver: PassedOver[],
): Promise<FolderEntry[]> {
  const ledger = await openLedger(folder);
  const others: FolderEntry[] = [];
  for (const entry of entries) {
    if (!entry.isFolder && (await ledger.owns(entry.name))) {
      passedOver.push({ path: entry.path, kind: 'result of an earlier run' });
    } else {
      others.push(entry);
    }
  }
  return others;
}

export function unnamedError({ path, isFolder }: FolderEntry): WeldonError {
  return expectedInWords(
    path,
    `a ${isFolder ? 'folder' : 'file'} with a name in UTF-8`,
    'one in other bytes: rename it, for many with convmv',
  );
}

async function search(folder: string, visited: Set<string>, found: FoundImages): Promise<void> {
  const real = await realpath(folder);
  if (visited.has(real)) {
    return; // a link that leads back up
  }
  visited.add(real);
  const { entries, unnamed } = await listFolder(folder, found.passedOver);
  for (const { name, path, isFolder } of entries) {
    if (isFolder) {
      await search(path, visited, found).catch((error: unknown) =>
        found.errors.push({ path, error: pathError(path, error) }),
      );
    } else if (isImageName(name)) {
      found.files.push(path);
    } else {
      const kind = fileKind(name);
      found.passedOver.push(...(kind === null ? [] : [{ path, kind }]));
    }
  }
  for (const entry of unnamed) {
    if (entry.isFolder || isImageName(entry.name)) {
      found.errors.push({ path: entry.path, error: unnamedError(entry) });
    } else {
      found.passedOver.push({ path: entry.path, kind: 'file with a name that is no UTF-8' });
    }
  }
}

/** All images of one folder and its subfolders; see `findImages`. A folder that cannot be read is an error. */
export async function searchFolder(folder: string): Promise<FoundImages> {
  const found: FoundImages = { files: [], errors: [], passedOver: [] };
  try {
    await search(folder, new Set(), found);
  } catch (error) {
    throw pathError(folder, error);
  }
  return found;
}

function pathError(path: string, error: unknown): WeldonError {
  const code = (error as NodeJS.ErrnoException).code;
  const received =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? path.includes('\uFFFD')
        ? 'one whose name is no UTF-8: rename it, or give its folder'
        : 'neither: check the path'
      : code === 'EACCES' || code === 'EPERM'
        ? 'one that may not be read: check its permissions'
        : `one that cannot be read (${error instanceof Error ? error.message : String(error)})`;
  return expectedInWords(path, 'an image file or a folder with images', received);
}

/**
 * The image files that a list of files and folders stands for. Folders are searched with all their subfolders by
 * `imageExtensions`; what is hidden or made by a system (`@eaDir`, `__MACOSX`, …) is passed over, which `passedOver`
 * tells, as it does of all other files. Nothing is opened yet.
 *
 * A missing path, a folder without images, or a subfolder that cannot be read becomes an entry of `errors`; the others
 * are still found.
 *
 * @example
 * const { files, errors, passedOver } = await findImages(['images', 'beach.jpg']);
 */
export async function findImages(paths: Iterable<string>): Promise<FoundImages> {
  const found: FoundImages = { files: [], errors: [], passedOver: [] };
  for (const given of paths) {
    const path = await pathOnDisk(given);
    try {
      if (!(await stat(path)).isDirectory()) {
        found.files.push(path);
        continue;
      }
      const inside = await searchFolder(path);
      found.files.push(...inside.files);
      found.errors.push(...inside.errors);
      found.passedOver.push(...inside.passedOver);
      if (inside.files.length === 0 && inside.errors.length === 0) {
        found.errors.push({
          path,
          error: expectedInWords(path, `a folder with images (${imageExtensions.join(' ')})`, 'a folder without any'),
        });
      }
    } catch (error) {
      found.errors.push({ path, error: error instanceof WeldonError ? error : pathError(path, error) });
    }
  }
  return { ...found, files: [...new Set(found.files)] };
}
