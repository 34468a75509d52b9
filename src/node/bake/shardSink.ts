import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectedInWords } from '../../errors.js';
import { atomicWrite, writeError } from '../storage/atomicWrite.js';

/**
 * Where a bake's files go: a folder, a bucket. Names are relative, with `/` between folders. A file is there as a whole or
 * not at all, and stays when `put` has ended.
 */
export interface ShardSink {
  /** as `openSink` takes it again, on any machine; holds no secrets */
  readonly location: string;
  /** Writes a file, in place of one of that name. @throws WeldonError where it cannot be, a full disk among others */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** `null` for none */
  get(name: string): Promise<Uint8Array | null>;
  has(name: string): Promise<boolean>;
  /** Names that begin so, a folder's name with its `/`, in the order of their bytes. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes a file; none of that name is no error. */
  remove(name: string): Promise<void>;
  close?(): Promise<void>;
}

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
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1].toLowerCase();
  switch (scheme) {
    case undefined:
      return folderSink(location);
    case 'file':
      return folderSink(fileURLToPath(location));
    default:
      throw expectedInWords('the place for a bake', 'a folder', `an address that begins with ${scheme}://`);
  }
}

/** The SHA-256 of bytes or a text, as hexadecimal digits. */
export const sha256Of = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
