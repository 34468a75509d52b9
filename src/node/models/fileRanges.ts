import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { statPlainFile } from '../storage/plainFile.js';
import { expectedInWords } from '../../errors.js';
import type { ByteRanges } from '../../formats/byteRanges.js';

/** An open file, read a piece at a time. */
export interface FileRanges extends ByteRanges {
  /** Closes the file; reading fails from then on. */
  close(): Promise<void>;
}

function unreadable(path: string, error: unknown) {
  const code = (error as NodeJS.ErrnoException)?.code;
  const reasons: Record<string, string> = {
    ENOENT: 'no file of that name',
    EACCES: 'one that may not be read: check its permissions',
    EPERM: 'one that may not be read: check its permissions',
    EISDIR: 'a folder',
  };
  const other = error instanceof Error ? error.message : String(error);
  return expectedInWords(path, 'a file to read', reasons[code ?? ''] ?? other);
}

/**
 * Opens a file of weights for `openWeights`, which then reads only what it needs of it.
 *
 * @throws WeldonError naming the file, if it is not there, not readable or a folder
 *
 * @example
 * const file = await fileRanges('resnet50.safetensors');
 * const model = await resnet50({ weights: await openWeights(file) });
 * await file.close();
 */
export async function fileRanges(path: string): Promise<FileRanges> {
  let file: FileHandle;
  let size: number;
  try {
    // A pipe would let `open` wait.
    await statPlainFile(path);
    file = await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) {
      throw Object.assign(new Error(), { code: 'EISDIR' });
    }
    size = stats.size;
  } catch (error) {
    await file.close();
    throw unreadable(path, error);
  }
  return {
    name: path,
    size,
    async read(offset, length, scratch) {
      // Not a pooled Buffer: the caller keeps the bytes, and looks at them as numbers.
      const bytes = scratch ?? new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        let bytesRead: number;
        try {
          ({ bytesRead } = await file.read(bytes, filled, length - filled, offset + filled));
        } catch (error) {
          throw unreadable(path, error);
        }
        if (bytesRead === 0) {
          throw expectedInWords(path, `${size} bytes long while it is read`, `a file that ends at ${offset + filled}`);
        }
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
