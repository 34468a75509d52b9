import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

/**
 * The size and dates of what is a plain file: a device has no end, and a pipe lets its reader wait.
 *
 * @param most bytes that such a file may have
 * @throws Error with the reason in words; the system's own where there is no such file
 */
export async function statPlainFile(path: string, most = Infinity): Promise<Stats> {
  const stats = await stat(path);
  if (stats.isDirectory()) {
    throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  }
  if (!stats.isFile()) {
    throw new Error('it is a device or a pipe, and no file');
  }
  if (stats.size > most) {
    throw new Error(`it has ${stats.size} bytes, and at most ${most} are expected`);
  }
  return stats;
}

/** Bytes of a text that is read whole: lists of ten million images, say. */
const longestText = 2 ** 28;

/**
 * The bytes of a plain file that is small enough to be read whole.
 *
 * @param most bytes that it may have. Default 256 MiB, more than any text
 * @throws Error as `statPlainFile`, before a byte is read
 */
export async function readPlainFile(path: string, most = longestText): Promise<Buffer> {
  await statPlainFile(path, most);
  return readFile(path);
}

/** SHA-256 of bytes or of a text, as 64 hexadecimal digits. */
export const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/**
 * SHA-256 of a plain file of any length, which need not fit into memory.
 *
 * @throws Error as `statPlainFile`
 */
export async function hashOfFile(path: string): Promise<string> {
  await statPlainFile(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
