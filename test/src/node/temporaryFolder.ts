import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  /** the path of a name in the folder */
  path(name: string): string;
  /** writes a file into it and returns its path */
  write(name: string, content: string | Uint8Array): string;
}

/** A folder for the tests of the surrounding `describe`, removed after them. */
export function temporaryFolder(): TemporaryFolder {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tfjs-weldon-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (name: string) => join(folder, name);
  return {
    path,
    write(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
  };
}

/** What tells the files of one folder, their names and bytes, from those of another. */
export async function hashOfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    hash.update(name).update(await readFile(join(folder, name)).catch(() => ''));
  }
  return hash.digest('hex');
}

/** The message of the error that `promise` rejects with; fails where it does not. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error && error.name === 'WeldonError') {
      return error.message;
    }
    throw error;
  }
  throw new Error('expected a rejection, but the promise was fulfilled');
}
