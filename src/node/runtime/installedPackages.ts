import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where packages are looked for: beside this package first, then in the working folder's project. */
function resolvers(): NodeJS.Require[] {
  return [createRequire(import.meta.url), createRequire(pathToFileURL(join(process.cwd(), 'package.json')))];
}

/** The folder of an installed package, or null; costs a look at the disk, loads nothing. */
export function packageFolder(name: string): string | null {
  for (const require of resolvers()) {
    for (const path of require.resolve.paths(name) ?? []) {
      const folder = join(path, name);
      if (existsSync(join(folder, 'package.json'))) {
        return folder;
      }
    }
  }
  return null;
}

/** The version of an installed package, or null. */
export function packageVersion(name: string): string | null {
  const folder = packageFolder(name);
  if (folder === null) {
    return null;
  }
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/**
 * Imports an optional package from wherever it is installed: the import runs only where `packageFolder` finds it.
 *
 * @throws what the package itself throws while loading
 */
export async function importInstalled<T>(name: string): Promise<T> {
  for (const require of resolvers()) {
    let entry: string;
    try {
      entry = require.resolve(name);
    } catch {
      continue;
    }
    return (await import(pathToFileURL(entry).href)) as T;
  }
  throw new Error(`${name} is not installed in ${dirname(import.meta.url)}`);
}
