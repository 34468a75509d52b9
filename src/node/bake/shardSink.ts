import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectedInWords } from '../../errors.js';
import { atomicWrite, writeError } from '../storage/atomicWrite.js';
import type { ShardSink } from './bakePlaces.js';
import { schemeOf } from './bakePlaces.js';

export type { ShardSink };

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';
const isAbsent = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));

/** A folder on a disk, or one that machines share. */
export function folderSink(folder: string): ShardSink {
  const root = resolve(folder);
  const made = new Set<string>();
  return {
    location: root,
    async put(name, bytes) {
      const path = join(root, name);
      if (!made.has(dirname(path))) {
        await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
          throw writeError(path, error);
        });
        made.add(dirname(path));
      }
      await atomicWrite(path, bytes);
    },
    async get(name) {
      try {
        return await readFile(join(root, name));
      } catch (error) {
        if (isAbsent(error)) {
          return null;
        }
        throw expectedInWords(join(root, name), 'a file to read', (error as Error).message);
      }
    },
    async has(name) {
      return (await stat(join(root, name)).catch(() => null))?.isFile() ?? false;
    },
    async *list(prefix) {
      const inside = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const names = await readdir(join(root, inside)).catch((error: unknown) => {
        if (isAbsent(error)) {
          return [];
        }
        throw expectedInWords(join(root, inside), 'a folder to read', (error as Error).message);
      });
      // Hidden names are files that are being written.
      yield* names
        .filter((name) => !name.startsWith('.'))
        .map((name) => inside + name)
        .filter((name) => name.startsWith(prefix))
        .sort();
    },
    remove: (name) => rm(join(root, name), { force: true }),
  };
}

/** Keeps files in memory, for bakes whose results go elsewhere at once. */
export function memorySink(): ShardSink {
  const files = new Map<string, Uint8Array>();
  return {
    location: 'memory',
    put: async (name, bytes) => void files.set(name, bytes),
    get: async (name) => files.get(name) ?? null,
    has: async (name) => files.has(name),
    async *list(prefix) {
      yield* [...files.keys()].filter((name) => name.startsWith(prefix)).sort();
    },
    remove: async (name) => void files.delete(name),
  };
}

/** Whether a sink is a folder, which one process at a time may be kept from by a lock. */
export const isFolderSink = ({ location }: ShardSink) => isAbsolute(location);

/**
 * Opens what `--out` names.
 *
 * @throws WeldonError for an address of a kind that is not known
 */
export async function openSink(location: string): Promise<ShardSink> {
  const scheme = schemeOf(location);
  switch (scheme) {
    case undefined:
      return folderSink(location);
    case 'file':
      return folderSink(fileURLToPath(location));
    case 's3':
      return (await import('./s3.js')).s3Sink(location);
    default:
      throw expectedInWords(
        'the place for a bake',
        'a folder or s3://bucket/prefix',
        `an address that begins with ${scheme}://`,
      );
  }
}
