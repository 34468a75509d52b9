import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { someOf } from '../imageDataSet.js';

/**
 * The lines of a list of images: any line ends, none at the end of the file needed, blanks inside names kept.
 *
 * @throws WeldonError for a list that cannot be read, is empty, or names an image twice
 */
export async function readImageList(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      path,
      'a list of images',
      code === 'ENOENT'
        ? 'no file of that name: check the path'
        : code === 'EISDIR'
          ? 'a folder'
          : `one that cannot be read (${(error as Error).message})`,
    );
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) {
    throw expectedInWords(path, 'a list of images', 'one without lines');
  }
  const seen = new Set<string>();
  const twice = lines.filter((line) => seen.size === seen.add(line).size);
  if (twice.length > 0) {
    throw expectedInWords(path, 'a list that has every image once', `${twice.length} twice: ${someOf(twice)}`);
  }
  return lines;
}

const plain = (name: string) => name.normalize('NFC').toLowerCase();

/**
 * Finds listed files on a disk whose names may differ in upper and lower case, as between MIT67's lists and its archive
 * (and between systems in how they write accents). A name that is there as it is listed wins.
 *
 * @param root folder that the names start from
 * @param names with `/` between folders
 * @returns the path of each, `null` for one that is not there
 */
export async function findListed(root: string, names: readonly string[]): Promise<(string | null)[]> {
  const folders = new Map<string, Promise<Map<string, string>>>();
  const entries = (folder: string) => {
    const known =
      folders.get(folder) ??
      readdir(folder)
        .catch(() => [])
        .then((found: string[]) => {
          const byName = new Map<string, string>();
          found.sort().forEach((name) => byName.set(plain(name), byName.get(plain(name)) ?? name));
          found.forEach((name) => byName.set(`= ${name}`, name));
          return byName;
        });
    folders.set(folder, known);
    return known;
  };
  return Promise.all(
    names.map(async (name) => {
      let path = root;
      for (const part of name.split('/')) {
        const inside = await entries(path);
        const found = inside.get(`= ${part}`) ?? inside.get(plain(part));
        if (found === undefined) {
          return null;
        }
        path = join(path, found);
      }
      return path;
    }),
  );
}
