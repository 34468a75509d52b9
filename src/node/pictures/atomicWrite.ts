import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';

const unfinished = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { force: true });
    } catch {
      // the process is ending; the next file may still be removable
    }
  }
  unfinished.clear();
}

/** Ends the process as the signal would have, unless somebody else listens: they may want to finish the file in hand. */
function onSignal(signal: NodeJS.Signals): void {
  watch(false);
  if (process.listenerCount(signal) > 0) {
    watch(true);
    return;
  }
  removeUnfinished();
  process.kill(process.pid, signal);
}

function watch(on: boolean): void {
  process[on ? 'on' : 'off']('exit', removeUnfinished);
  for (const signal of signals) {
    process[on ? 'on' : 'off'](signal, onSignal);
  }
}

function begin(path: string): void {
  if (unfinished.size === 0) {
    watch(true);
  }
  unfinished.add(path);
}

function end(path: string): void {
  if (unfinished.delete(path) && unfinished.size === 0) {
    watch(false);
  }
}

/** The sentence for a file that could not be written. */
export function writeError(path: string, error: unknown): WeldonError {
  const folder = dirname(path);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return expectedInWords(folder, 'a folder to write into', 'no folder of that name: create it or choose another');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return expectedInWords(folder, 'a folder to write into', 'one that may not be written to: check its permissions or choose another');
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return expectedInWords(path, 'a file to write', 'a folder of that name: choose another name');
    case 'ENOSPC':
    case 'EDQUOT':
      return expectedInWords(path, 'written', 'a full disk: make room or choose another folder');
    default:
      return expectedInWords(path, 'written', error instanceof Error ? error.message : String(error));
  }
}

/**
 * Writes a whole file or nothing: the bytes go to a hidden file in the same folder, which then takes the name in one
 * step. A failure, Ctrl-C or the end of the process removes the hidden file; an older file of the name stays until
 * the new one is complete.
 *
 * @throws WeldonError, one sentence that names the folder or file: missing, not writable, a folder, no room
 *
 * @example
 * await atomicWrite('out/beach.png', await encodePng(pixels));
 */
export async function atomicWrite(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  begin(temporary);
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(path, error);
  } finally {
    end(temporary);
  }
}
