/** Which files this program made, so that it writes over no others. */
import { appendFile, lstat, open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';
import { atomicWriteAll, writeError } from './atomicWrite.js';
import { hashOfFile, readPlainFile, sha256Of } from './plainFile.js';

/** The ledger of a folder with results, one JSON object a line. */
export const ledgerName = '.weldon-files.jsonl';

/** Bytes; a line has a few hundred. */
const longestLedger = 2 ** 30;

/** A file as it was when it was last looked at: where size and times are the same, its bytes are not read again. */
const seenFile = z.object({ size: z.number(), mtimeMs: z.number(), ctimeMs: z.number(), sha256: z.string() });
export type SeenFile = z.infer<typeof seenFile>;

/** A name in the folder of the ledger: one that leads out of it stands in none that this program wrote. */
const nameInside = z.string().refine((name) => name === basename(name) && !/^\.{0,2}$|\0/.test(name));

const writtenLine = z.object({ file: nameInside, size: z.number(), sha256: z.string() });

const resultLine = z.object({
  /** absolute path of the image */
  input: z.string(),
  image: seenFile,
  /** hash of the model and the options that it was made with */
  made: z.string(),
  /** name of its files without ending */
  name: nameInside,
  files: z.record(nameInside, seenFile),
});

/** One image's results: what they were made from, how, and the files. */
export type RecordedResult = z.infer<typeof resultLine>;

interface WrittenFile {
  path: string;
  content: string | Uint8Array;
}

/** What is known of the files in one folder. */
export interface Ledger {
  /** @returns the latest results of an image, by its absolute path */
  resultOf(input: string): RecordedResult | undefined;
  /** all results, the latest of each image */
  results(): Iterable<RecordedResult>;
  /** Whether the file of a name was made by this program and is as it was made. */
  owns(name: string): Promise<boolean>;
  /** @throws WeldonError where something of that path is there that this program did not make */
  refuseForeign(path: string): Promise<void>;
  /**
   * Writes files that belong together, each whole or not at all, in the order given.
   *
   * @throws WeldonError as `refuseForeign` and `atomicWriteAll`
   */
  write(...files: WrittenFile[]): Promise<void>;
  /** Notes that all files of an image are there. */
  record(result: Omit<RecordedResult, 'files'>, paths: readonly string[]): Promise<void>;
}

/** The file as it is now; its bytes are read. */
export async function seen(path: string): Promise<SeenFile> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  return { size, mtimeMs, ctimeMs, sha256: await hashOfFile(path) };
}

/**
 * The bytes of a file with how it was before they were read.
 *
 * @param read gives the bytes
 * @throws what `read` throws
 */
export async function readSeen(
  path: string,
  read: (path: string) => Promise<Buffer>,
): Promise<{ bytes: Buffer; file: SeenFile }> {
  const stats = await stat(path).catch(() => null);
  const bytes = await read(path);
  // Without times it is known by its bytes.
  const { size, mtimeMs, ctimeMs } = stats ?? { size: bytes.length, mtimeMs: 0, ctimeMs: 0 };
  return { bytes, file: { size, mtimeMs, ctimeMs, sha256: sha256Of(bytes) } };
}

/** Whether a file holds what it held; `false` where it cannot be read. */
export async function isUnchanged(path: string, then: SeenFile): Promise<boolean> {
  try {
    const { size, mtimeMs, ctimeMs } = await stat(path);
    return (
      size === then.size &&
      ((mtimeMs === then.mtimeMs && ctimeMs === then.ctimeMs) || (await hashOfFile(path)) === then.sha256)
    );
  } catch {
    return false;
  }
}

/**
 * What the lines of a file say, JSON each; half a line, as a process that was killed may leave, is passed over.
 *
 * @returns nothing for no file
 * @throws WeldonError for a link, a device, a pipe, and what cannot be read
 */
export async function readJsonLines(path: string): Promise<unknown[]> {
  let text: string;
  try {
    if ((await kindAt(path)) === 'other') {
      throw new Error('it is a link, a device or a pipe');
    }
    text = (await readPlainFile(path, longestLedger)).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw expectedInWords(path, 'a list of results', `one that cannot be read (${(error as Error).message})`);
  }
  return text.split('\n').flatMap((line): unknown[] => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

export function foreignError(path: string, received: string): WeldonError {
  return expectedInWords(
    path,
    'free, or a result of this program to replace',
    `${received}: it stays as it is; choose another folder or name for results`,
  );
}

/** What is at a path; `null` for nothing. A link counts, wherever it leads. */
async function kindAt(path: string): Promise<'file' | 'folder' | 'other' | null> {
  try {
    const found = await lstat(path);
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return null;
    }
    throw writeError(path, error);
  }
}

/** Adds lines to a file of JSON lines, of their own also behind half a line. */
export async function appendJsonLines(path: string, lines: readonly object[], { flush = false } = {}): Promise<void> {
  try {
    await appendFile(path, `\n${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`, { flush });
  } catch (error) {
    throw writeError(path, error);
  }
}

/** On the disk before the files themselves, where the power may go. */
const append = (ledger: string, lines: readonly object[]) => appendJsonLines(ledger, lines, { flush: true });

function lineOf({ path, content }: WrittenFile): z.infer<typeof writtenLine> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { file: basename(path), size: bytes.length, sha256: sha256Of(bytes) };
}

/**
 * Writes files of one folder as `openLedger(folder).write`, and reads what is known of its files only where one is in
 * the way.
 *
 * @throws WeldonError as that
 */
export async function writeOwnFiles(folder: string, files: readonly WrittenFile[]): Promise<void> {
  for (const { path } of files) {
    if ((await kindAt(path)) !== null) {
      await (await openLedger(folder)).write(...files);
      return;
    }
  }
  const ledger = join(resolve(folder), ledgerName);
  if ((await kindAt(ledger)) === 'other') {
    throw foreignError(ledger, 'a link, a device or a pipe');
  }
  await append(ledger, files.map(lineOf));
  await atomicWriteAll(files);
}

/**
 * Reads what is known of the files in a folder: every file is noted with its check sum before it is written, so that one
 * that the user put in its place, or has edited, is told from it also after a kill.
 *
 * @throws WeldonError for a list that cannot be read
 */
export async function openLedger(folder: string): Promise<Ledger> {
  const path = join(resolve(folder), ledgerName);
  const written = new Map<string, { size: number; sha256: string }[]>();
  const results = new Map<string, RecordedResult>();
  const recorded = new Map<string, SeenFile>();
  const addResult = (result: RecordedResult) => {
    results.set(result.input, result);
    Object.entries(result.files).forEach(([name, file]) => recorded.set(name, file));
  };
  const addWritten = ({ file, size, sha256 }: z.infer<typeof writtenLine>) => {
    written.set(file, [...(written.get(file) ?? []).filter((one) => one.sha256 !== sha256), { size, sha256 }]);
  };
  for (const line of await readJsonLines(path)) {
    const [file, result] = [writtenLine.safeParse(line), resultLine.safeParse(line)];
    if (file.success) {
      addWritten(file.data);
    } else if (result.success) {
      addResult(result.data);
    }
  }
  const owns = async (name: string): Promise<boolean> => {
    const known = written.get(name);
    if (known === undefined) {
      return false;
    }
    try {
      const { size, mtimeMs, ctimeMs } = await stat(join(dirname(path), name));
      const then = recorded.get(name);
      if (then?.size === size && then.mtimeMs === mtimeMs && then.ctimeMs === ctimeMs) {
        return true;
      }
      const alike = known.filter((one) => one.size === size);
      const sha256 = alike.length === 0 ? '' : await hashOfFile(join(dirname(path), name));
      return alike.some((one) => one.sha256 === sha256);
    } catch {
      return false;
    }
  };
  const refuseForeign = async (target: string): Promise<void> => {
    const kind = await kindAt(target);
    if (kind === 'folder') {
      throw foreignError(target, 'a folder of that name');
    }
    if (kind === 'other' || (kind === 'file' && !(await owns(basename(target))))) {
      throw foreignError(target, 'a file that it did not make, or that was changed since');
    }
  };
  return {
    resultOf: (input) => results.get(input),
    results: () => results.values(),
    owns,
    refuseForeign,
    async write(...files) {
      for (const { path: target } of files) {
        await refuseForeign(target);
      }
      const lines = files.map(lineOf);
      lines.forEach(addWritten);
      await append(path, lines);
      await atomicWriteAll(files);
    },
    async record(result, paths) {
      const before = results.get(result.input);
      // Other formats of the same result stay known.
      const isSame = before?.made === result.made && before.image.sha256 === result.image.sha256;
      const files = new Map(isSame ? Object.entries(before.files) : []);
      for (const each of paths) {
        // What `write` has just noted is not read back for its check sum.
        const { size, mtimeMs, ctimeMs } = await stat(each);
        const known = written.get(basename(each))?.at(-1);
        const now = known?.size === size ? { size, mtimeMs, ctimeMs, sha256: known.sha256 } : await seen(each);
        files.set(basename(each), now);
      }
      const line = { ...result, files: Object.fromEntries(files) };
      addResult(line);
      await append(path, [line]);
    },
  };
}

/**
 * Refuses to write over a file that is no earlier result of the same kind, which is told by its content. Nothing is
 * written.
 *
 * @param isResult whether a text is such a result; of large files it is given the two ends
 * @returns whether there is an earlier result
 * @throws WeldonError
 */
export async function refuseForeignFile(path: string, isResult: (text: string) => boolean): Promise<boolean> {
  const kind = await kindAt(path);
  if (kind === null) {
    return false;
  }
  if (kind === 'folder') {
    throw foreignError(path, 'a folder of that name');
  }
  if (kind === 'other' || !isResult(await readEnds(path))) {
    throw foreignError(path, 'a file that it did not make');
  }
  return true;
}

/** At most so much of each end. */
const endBytes = 32e6;

async function readEnds(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const most = Math.min(size, endBytes);
      const head = Buffer.alloc(most);
      const tail = Buffer.alloc(Math.min(size - most, endBytes));
      await file.read(head, 0, head.length, 0);
      await file.read(tail, 0, tail.length, size - tail.length);
      return Buffer.concat([head, tail]).toString('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw expectedInWords(path, 'a file to replace', `one that cannot be read (${(error as Error).message})`);
  }
}

/** Whether a text is JSON of an object that has all these keys. */
export function isJsonWith(text: string, keys: readonly string[]): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));
  } catch {
    return false;
  }
}
