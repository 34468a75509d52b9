import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, writeError } from '../../../node/storage/atomicWrite.js';
import { createHash } from 'node:crypto';

/** 16 hexadecimal digits that stand for a key in the name of a file or folder. */
export const keyHash = (key: unknown): string =>
  createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);

/** Results of stages that need not be computed again. */
export interface StageStore {
  /**
   * What a stage gave, from the disk or computed now.
   *
   * @param name of the stage, for file names and sentences
   * @param key all that decides the result
   */
  once<T>(name: string, key: unknown, compute: () => Promise<T>): Promise<T>;
  /** What a stage gave if it is on the disk, else `null`. */
  find<T>(name: string, key: unknown): Promise<T | null>;
  keep(name: string, key: unknown, value: unknown): Promise<void>;
}

/** Changes with every change of what stages compute, so that older results are not taken for newer ones. */
const version = 1;

/**
 * Keeps stages as JSON, one file each, that appears whole or not at all. The name tells the stage and what decides it;
 * a stage whose key has changed, or whose file is damaged, is computed anew, and `notice` is told so once.
 */
export function stageStore(folder: string, notice: (sentence: string) => void): StageStore {
  const fileOf = (name: string, key: unknown) => `${name}-${keyHash([version, key])}.json`;
  const isOf = (name: string, file: string) =>
    file.startsWith(`${name}-`) && /^[0-9a-f]{16}\.json$/.test(file.slice(name.length + 1));
  // Of several splits each has its own stage of a name.
  const used = new Set<string>();
  const told = new Set<string>();
  const tellOnce = (sentence: string) => {
    if (!told.has(sentence)) {
      told.add(sentence);
      notice(sentence);
    }
  };
  const store: StageStore = {
    async find<T>(name: string, key: unknown) {
      const file = fileOf(name, key);
      let text: string;
      try {
        text = await readFile(join(folder, file), 'utf8');
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT') {
          tellOnce(`Stage ${name} cannot be read and is computed anew (${message})`);
        } else if ((await readdir(folder).catch(() => [])).some((other) => isOf(name, other) && !used.has(other))) {
          tellOnce(`What decides stage ${name} has changed since it was kept: it is computed anew`);
        }
        return null;
      }
      try {
        const found = JSON.parse(text) as T;
        used.add(file);
        return found;
      } catch {
        tellOnce(`Stage ${name} is damaged and computed anew: ${join(folder, file)} holds no whole JSON`);
        return null;
      }
    },
    async keep(name, key, value) {
      try {
        await mkdir(folder, { recursive: true });
      } catch (error) {
        throw writeError(folder, error);
      }
      const file = fileOf(name, key);
      await atomicWrite(join(folder, file), JSON.stringify(value));
      used.add(file);
    },
    async once<T>(name: string, key: unknown, compute: () => Promise<T>) {
      const found = await store.find<T>(name, key);
      if (found !== null) {
        return found;
      }
      const value = await compute();
      await store.keep(name, key, value);
      return value;
    },
  };
  return store;
}
