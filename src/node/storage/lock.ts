import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expectedInWords } from '../../errors.js';
import { makeFolder, writeError } from './atomicWrite.js';
import { foreignError } from './ownFiles.js';
import { isRunning, startOf } from './processes.js';
import { beginUnfinished, endUnfinished, partName } from './unfinished.js';

/** Name of the lock in a run folder. */
export const lockName = 'lock';

/** What a lock keeps others from, in the words of its sentences. */
export interface LockUse {
  /** name of its file */
  file: string;
  owner: (folder: string) => string;
  rule: string;
  /** follows "one that process 7 has been" */
  doing: string;
  /** follows "where no such process" */
  does: string;
}

const trainingLock: LockUse = {
  file: lockName,
  owner: (folder) => `the run ${folder}`,
  rule: 'trained by one process at a time',
  doing: 'training',
  does: 'trains',
};

/** A folder that results are written into. */
export const resultsLock: LockUse = {
  file: '.weldon-lock',
  owner: (folder) => `the folder ${folder}`,
  rule: 'written to by one process at a time',
  doing: 'writing to',
  does: 'writes',
};

/** What the lock of a run says of the process that trains it. */
interface LockHolder {
  pid: number;
  host: string;
  /** when the process was started, as the system counts; a number of a process is given to another in time */
  started: string | null;
  since: string;
}

/** Runs of this process, by the path of their lock: the one that is about to make it counts, too. */
const held = new Map<string, LockHolder>();

/** Locks begin so. */
const lockStart = '{"pid":';

/** Milliseconds that a process may take between making its lock and having written it. */
const writingTime = 500;

/** The text of a lock, `null` where there is none. */
async function readLock(path: string): Promise<string | null> {
  try {
    const text = await readFile(path, 'utf8');
    if (holderOf(text) !== null) {
      return text;
    }
    await delay(writingTime);
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw writeError(path, error);
  }
}

function holderOf(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as LockHolder | null;
    return typeof holder?.pid === 'number' ? holder : null;
  } catch {
    return null;
  }
}

/**
 * Whether nobody can be at work behind a lock that is not in `held`: this process's number is one from before a restart.
 * Of another machine nothing is known.
 */
function isStale(holder: LockHolder): boolean {
  if (holder.host !== hostname()) {
    return false;
  }
  return (
    holder.pid === process.pid ||
    !isRunning(holder.pid) ||
    (holder.started !== null && holder.started !== startOf(holder.pid))
  );
}

function refuse(path: string, folder: string, { pid, host, started, since }: LockHolder, use: LockUse): never {
  const who =
    host !== hostname() ? `process ${pid} on ${host}` : pid === process.pid ? 'this process' : `process ${pid}`;
  // Where nothing tells when a process was started, the number may be another one's by now.
  const isSure = host === hostname() && (started !== null || pid === process.pid);
  const remedy = isSure
    ? 'wait for its end, or choose another folder'
    : `wait for its end, choose another folder, or remove ${path} where no such process ${use.does} any more`;
  throw expectedInWords(use.owner(folder), use.rule, `one that ${who} has been ${use.doing} since ${since}: ${remedy}`);
}

/**
 * Refuses a run that another process is training; nothing is written.
 *
 * @throws WeldonError naming the process
 */
export async function refuseLocked(folder: string, use = trainingLock): Promise<void> {
  const path = join(resolve(folder), use.file);
  refuseHeld(path, folder, use);
  const text = await readLock(path).catch(() => null);
  const holder = text === null ? null : holderOf(text);
  if (holder !== null && !isStale(holder)) {
    refuse(path, folder, holder, use);
  }
}

function refuseHeld(path: string, folder: string, use: LockUse): void {
  const holder = held.get(path);
  if (holder !== undefined) {
    refuse(path, folder, holder, use);
  }
}

/** Puts a dead process's lock away; whoever comes second finds another text there, and puts it back. */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = partName(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return;
    }
    throw writeError(path, error);
  }
  const found = await readFile(aside, 'utf8');
  if (found !== text) {
    await writeFile(path, found, { flag: 'wx' }).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

/** Whether the lock could be made; `false` where there is one. */
async function makeLock(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw writeError(path, error);
  }
}

/**
 * Locks a folder, which is made where there is none, against other processes and other runs in this one. The lock of
 * a process that has ended, killed or not, is taken over.
 *
 * @returns unlocks it; so does the end of the process
 * @throws WeldonError naming the process that is training the run
 */
export async function lockRun(folder: string, use = trainingLock): Promise<() => Promise<void>> {
  const path = join(resolve(folder), use.file);
  refuseHeld(path, folder, use);
  const own: LockHolder = {
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    since: new Date().toISOString(),
  };
  held.set(path, own);
  try {
    await takeLock(path, folder, own, use);
  } catch (error) {
    held.delete(path);
    throw error;
  }
  beginUnfinished(path);
  return async () => {
    try {
      await rm(path, { force: true });
    } finally {
      held.delete(path);
      endUnfinished(path);
    }
  };
}

async function takeLock(path: string, folder: string, own: LockHolder, use: LockUse): Promise<void> {
  await makeFolder(resolve(folder));
  while (!(await makeLock(path, `${JSON.stringify(own)}\n`))) {
    const text = await readLock(path);
    const holder = text === null ? null : holderOf(text);
    if (holder !== null && !isStale(holder)) {
      refuse(path, folder, holder, use);
    }
    if (text !== null) {
      // A process that was killed may have left the beginning of one, a power cut zeros.
      if (holder === null && !lockStart.startsWith(text.replaceAll('\0', '').slice(0, lockStart.length))) {
        throw foreignError(path, 'a file that it did not make');
      }
      await removeStale(path, text);
    }
  }
}
