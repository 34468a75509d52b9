import { readdir, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageExtensions } from './imageNames.js';

const plain = (name: string) => name.normalize('NFC').toLowerCase();

/** What folders hold, each read once, by the names as they are (after `= `) and as `plain` writes them. */
function folderReader(): (folder: string) => Promise<Map<string, string>> {
  const folders = new Map<string, Promise<Map<string, string>>>();
  return (folder) => {
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
}

/** Follows names from folder to folder; the last one may lack one of `extensions`. */
async function follow(
  entries: (folder: string) => Promise<Map<string, string>>,
  root: string,
  parts: readonly string[],
  extensions: readonly string[] = [],
): Promise<string | null> {
  let path = root;
  for (const [i, part] of parts.entries()) {
    if (part === '.' || part === '' || part === '..') {
      path = join(path, part);
      continue;
    }
    const inside = await entries(path);
    const endings = i === parts.length - 1 ? ['', ...extensions] : [''];
    const found = endings
      .map((ending) => inside.get(`= ${part}${ending}`) ?? inside.get(plain(part + ending)))
      .find((name) => name !== undefined);
    if (found === undefined) {
      return null;
    }
    path = join(path, found);
  }
  return path;
}

/**
 * Finds listed files on a disk whose names may differ in upper and lower case, as between MIT67's lists and its archive
 * (and between systems in how they write accents). A name that is there as it is listed wins.
 *
 * @param root folder that the names start from
 * @param names with `/` between folders
 * @returns the path of each, `null` for one that is not there
 */
export async function findListed(root: string, names: readonly string[]): Promise<(string | null)[]> {
  const entries = folderReader();
  return Promise.all(names.map((name) => follow(entries, root, name.split('/'))));
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return '';
  }
}

/**
 * Finds the image file that a row of a list means: as written, also as a `file:` URL, with the other slash, with an extension that it leaves out,
 * and else in another case or writing of accents.
 *
 * @returns a function that gives the path, `null` for a file that is not there
 */
export function imageFinder(root: string): (path: string) => Promise<string | null> {
  const entries = folderReader();
  return async (given) => {
    const path = /^file:\/\//i.test(given) ? pathOfUrl(given) : given;
    if (path === '' || path.includes('\0')) {
      return null;
    }
    const place = (name: string) => (isAbsolute(name) ? name : join(root, name));
    const slashed = path.replaceAll('\\', '/');
    const bare = !imageExtensions.includes(extname(slashed).toLowerCase());
    const candidates = [place(path), place(slashed), ...(bare ? [`${place(slashed)}${imageExtensions[0]}`] : [])];
    for (const candidate of candidates) {
      if ((await stat(candidate).catch(() => null))?.isFile()) {
        return candidate;
      }
    }
    const start = isAbsolute(slashed) ? parse(slashed).root : root;
    const parts = slashed.slice(isAbsolute(slashed) ? start.length : 0).split('/');
    const found = await follow(entries, start, parts, bare ? imageExtensions : []);
    return found !== null && (await stat(found).catch(() => null))?.isFile() ? found : null;
  };
}

/**
 * A path as the disk writes it: Macs take accents apart, keyboards do not. A path that leads nowhere in either writing comes
 * back as it is.
 */
export async function pathOnDisk(path: string): Promise<string> {
  if (!/[\u0080-\uffff]/.test(path) || (await stat(path).catch(() => null)) !== null) {
    return path;
  }
  let at = isAbsolute(path) ? parse(path).root : '.';
  for (const part of path.slice(isAbsolute(path) ? at.length : 0).split(/[/\\]/)) {
    const names: string[] = part === '' || part === '.' || part === '..' ? [part] : await readdir(at).catch(() => []);
    const found = names.find((name) => name === part) ?? names.find((name) => name.normalize() === part.normalize());
    if (found === undefined) {
      return path;
    }
    at = join(at, found);
  }
  return at;
}
