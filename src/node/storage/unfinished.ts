/** Files and folders that are being written; what is left of them is removed when the process ends, or by a later one. */
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './processes.js';

/** Other machines' processes are not known of here: what they left goes after a day. */
const oldMs = 24 * 3600e3;

const ownHost = createHash('sha256').update(hostname()).digest('hex').slice(0, 4);

/** Bytes of a name that stay in a hidden one: file systems allow 255, and this leaves room for the rest. */
const mostBytes = 180;

/** The first bytes of a name, whole characters. */
export function shortened(name: string, bytes: number): string {
  let kept = '';
  let length = 0;
  for (const character of name) {
    length += Buffer.byteLength(character);
    if (length > bytes) {
      break;
    }
    kept += character;
  }
  return kept;
}

/** A hidden name in the same folder for what is being written; it says which process writes. */
export function partName(path: string): string {
  const id = `${ownHost}-${process.pid}-${randomBytes(6).toString('hex')}`;
  return join(dirname(path), `.${shortened(basename(path), mostBytes)}.${id}.part`);
}

const partPattern = /^\..*\.(?:([0-9a-f]{4})-(\d+)-)?[0-9a-f]{12}\.part$/;

/** Whether nobody can be writing a hidden file any more. */
async function isDead(path: string): Promise<boolean> {
  const [, host, pid] = partPattern.exec(basename(path)) ?? [];
  if (host === ownHost && Number(pid) !== process.pid) {
    return !isRunning(Number(pid));
  }
  const written = (await stat(path).catch(() => null))?.mtimeMs ?? Infinity;
  // Of this process's number: from before a restart, as in a container, where all have the same.
  const limit = host === ownHost ? process.uptime() * 1000 + 1000 : oldMs;
  return Date.now() - written > limit;
}

const swept = new Set<string>();

/** Removes what killed processes left in a folder, once for each folder; what cannot be removed stays. */
export async function removeDeadParts(folder: string): Promise<void> {
  if (swept.has(folder)) {
    return;
  }
  swept.add(folder);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (partPattern.test(name) && !unfinished.has(path) && (await isDead(path))) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

const unfinished = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // the process is ending; the next one may still be removable
    }
  }
  unfinished.clear();
}

/** Ends the process as the signal would have, unless somebody else listens: they may want to finish what is in hand. */
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

/** From now on the file or folder goes when the process ends. */
export function beginUnfinished(path: string): void {
  if (unfinished.size === 0) {
    watch(true);
  }
  unfinished.add(path);
}

/** It is complete, or gone already. */
export function endUnfinished(path: string): void {
  if (unfinished.delete(path) && unfinished.size === 0) {
    watch(false);
  }
}
