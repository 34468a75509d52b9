import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';

/** Names by which a folder's files are taken for images; a file that is named itself may be called anything. */
export const imageExtensions: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.avif',
  '.tif',
  '.tiff',
];

export interface FoundImages {
  /** the files to read, each once, in the order of the arguments and sorted by name within a folder */
  files: string[];
  /** arguments that led nowhere */
  errors: { path: string; error: WeldonError }[];
}

async function listFolder(folder: string, visited: Set<string>, files: string[]): Promise<void> {
  const real = await realpath(folder);
  if (visited.has(real)) {
    return; // a link that leads back up
  }
  visited.add(real);
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) {
      continue;
    }
    const path = join(folder, entry.name);
    const target = entry.isSymbolicLink() ? await stat(path).catch(() => null) : entry;
    if (target?.isDirectory()) {
      await listFolder(path, visited, files);
    } else if (target?.isFile() && imageExtensions.includes(extname(entry.name).toLowerCase())) {
      files.push(path);
    }
  }
}

function pathError(path: string, error: unknown): WeldonError {
  const code = (error as NodeJS.ErrnoException).code;
  const received =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? 'neither: check the path'
      : code === 'EACCES' || code === 'EPERM'
        ? 'one that may not be read: check its permissions'
        : `one that cannot be read (${error instanceof Error ? error.message : String(error)})`;
  return expectedInWords(path, 'an image file or a folder with images', received);
}

/**
 * The image files that a list of files and folders stands for. Folders are searched with all their subfolders by
 * `imageExtensions`, names that begin with a dot left out. Nothing is opened yet.
 *
 * A missing path, or a folder without images, becomes an entry of `errors`; the others are still found.
 *
 * @example
 * const { files, errors } = await findImages(['images', 'beach.jpg']);
 */
export async function findImages(paths: Iterable<string>): Promise<FoundImages> {
  const files: string[] = [];
  const errors: FoundImages['errors'] = [];
  for (const path of paths) {
    try {
      const target = await stat(path);
      if (target.isDirectory()) {
        const inside: string[] = [];
        await listFolder(path, new Set(), inside);
        if (inside.length === 0) {
          errors.push({
            path,
            error: expectedInWords(path, `a folder with images (${imageExtensions.join(' ')})`, 'a folder without any'),
          });
        }
        files.push(...inside);
      } else {
        files.push(path);
      }
    } catch (error) {
      errors.push({ path, error: pathError(path, error) });
    }
  }
  return { files: [...new Set(files)], errors };
}
