import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { atomicWrite, makeFolder } from '../../../node/storage/atomicWrite.js';
import { readPlainFile, sha256Of } from '../../../node/storage/plainFile.js';

/** 16 hexadecimal digits that stand for a key in the name of a file or folder. */
export const keyHash = (key: unknown): string => sha256Of(JSON.stringify(key)).slice(0, 16);

/** Numbers as the cache holds them: four significant digits are what a map is worth, in a third of the room. */
export function rounded(values: ArrayLike<number>, digits = 4): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(digits)));
}

/** Results that need not be computed again. */
export interface ResultCache {
  /**
   * A result, from the disk or computed now.
   *
   * @param name for file names and sentences
   * @param key all that decides the result
   */
  once<T>(name: string, key: unknown, compute: () => Promise<T>): Promise<T>;
  /** A result if it is on the disk, else `null`. */
  find<T>(name: string, key: unknown): Promise<T | null>;
  save(name: string, key: unknown, value: unknown): Promise<void>;
}

/** Changes with every change of what is computed, so that older results are not taken for newer ones. */
const version = 1;

const beginning = /^\{"crc32":"([0-9a-f]{1,8})","value":/;

/** A result with its check sum: a digit that changed on the disk would be a number like any other. */
function withCheckSum(json: string): string {
  return `{"crc32":"${crc32(json).toString(16)}","value":${json}}`;
}

/** The JSON in such a text, `null` where its check sum is another or missing. */
function checkedJson(text: string): string | null {
  const [start, sum] = beginning.exec(text) ?? [];
  const json = start === undefined || !text.endsWith('}') ? null : text.slice(start.length, -1);
  return json !== null && crc32(json).toString(16) === sum ? json : null;
}

/**
 * Caches results as JSON, one file each with its check sum, that appears whole or not at all. Its name holds the result's name and a hash of
 * the key; a result whose key has changed, or whose file is damaged, is computed anew, with one notice.
 */
export function openResultCache(folder: string, notice: (sentence: string) => void): ResultCache {
  const fileOf = (name: string, key: unknown) => `${name}-${keyHash([version, key])}.json`;
  const isOf = (name: string, file: string) =>
    file.startsWith(`${name}-`) && /^[0-9a-f]{16}\.json$/.test(file.slice(name.length + 1));
  // Of several splits each has its own result of a name.
  const used = new Set<string>();
  const told = new Set<string>();
  const tellOnce = (sentence: string) => {
    if (!told.has(sentence)) {
      told.add(sentence);
      notice(sentence);
    }
  };
  const cache: ResultCache = {
    async find<T>(name: string, key: unknown) {
      const file = fileOf(name, key);
      let text: string;
      try {
        text = (await readPlainFile(join(folder, file), Infinity)).toString();
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT') {
          tellOnce(`Result ${name} cannot be read and is computed anew (${message})`);
        } else if ((await readdir(folder).catch(() => [])).some((other) => isOf(name, other) && !used.has(other))) {
          tellOnce(`What decides result ${name} has changed since it was saved: it is computed anew`);
        }
        return null;
      }
      const json = checkedJson(text);
      if (json === null) {
        const reason = beginning.test(text)
          ? 'has another check sum'
          : 'has no check sum, as those of earlier versions';
        tellOnce(`Result ${name} is damaged and computed anew: ${join(folder, file)} ${reason}`);
        return null;
      }
      used.add(file);
      return JSON.parse(json) as T;
    },
    async save(name, key, value) {
      await makeFolder(folder);
      const file = fileOf(name, key);
      await atomicWrite(join(folder, file), withCheckSum(JSON.stringify(value)));
      used.add(file);
    },
    async once<T>(name: string, key: unknown, compute: () => Promise<T>) {
      const found = await cache.find<T>(name, key);
      if (found !== null) {
        return found;
      }
      const value = await compute();
      await cache.save(name, key, value);
      return value;
    },
  };
  return cache;
}
