import { existsSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { isUnchanged } from '../../node/storage/ownFiles.js';
import type { Ledger, RecordedResult } from '../../node/storage/ownFiles.js';
import { shortened } from '../../node/storage/unfinished.js';
import type { HeatmapFormat } from './options.js';
import { sha256Of } from '../../node/storage/plainFile.js';

/** Where the results of one image go. */
export interface PlannedResult {
  /** absolute path of the image */
  input: string;
  /** name of its files without ending */
  name: string;
  files: { path: string; format: HeatmapFormat }[];
}

/** Room for endings and numbers in the 255 bytes that a name may have. */
const mostBytes = 240;

function stemOf(image: string): string {
  const stem = basename(image, extname(image)) || basename(image);
  if (Buffer.byteLength(stem) <= mostBytes) {
    return stem;
  }
  const hash = sha256Of(stem).slice(0, 8);
  return `${shortened(stem, mostBytes - 9)}-${hash}`;
}

/** Whether results are of this image, which lay somewhere else then. */
async function isMoved(then: RecordedResult | undefined, image: string): Promise<boolean> {
  return then !== undefined && !existsSync(then.input) && (await isUnchanged(image, then.image));
}

/**
 * Names for the files of each image: the image's own, without its ending. An image that has results keeps its name.
 * Others of the same name get `-2`, `-3` … in the order in which they come, also where a disk does not tell `A` from `a`.
 */
export function outputNames(
  ledger: Pick<Ledger, 'results' | 'resultOf'>,
): (image: string) => Promise<{ name: string; before?: RecordedResult }> {
  const taken = new Map([...ledger.results()].map(({ input, name }) => [name.toLowerCase(), input]));
  return async (image) => {
    const before = ledger.resultOf(image);
    if (before !== undefined) {
      return { name: before.name, before };
    }
    const stem = stemOf(image);
    for (let copy = 1; ; copy++) {
      const name = copy === 1 ? stem : `${stem}-${copy}`;
      const owner = taken.get(name.toLowerCase());
      const moved = owner === undefined ? undefined : ledger.resultOf(owner);
      const isOwn = await isMoved(moved, image);
      if (owner === undefined || isOwn) {
        taken.set(name.toLowerCase(), image);
        return isOwn ? { name: moved!.name, before: moved } : { name };
      }
    }
  };
}

/** Whether results are there as they were made, of the image as it is, by the same model and options. */
async function isCurrent(then: RecordedResult | undefined, made: string, planned: PlannedResult): Promise<boolean> {
  if (then?.made !== made || !(await isUnchanged(planned.input, then.image))) {
    return false;
  }
  for (const { path } of planned.files) {
    const name = basename(path);
    if (!Object.hasOwn(then.files, name) || !(await isUnchanged(path, then.files[name]))) {
      return false;
    }
  }
  return true;
}

/**
 * Where results of images go, and which images still need them.
 *
 * @param made hash of the model and the options
 * @param resume leaves out images that have their results
 * @returns the results to make by the image's path, and the number of images that have theirs
 */
export async function planResults(
  images: readonly string[],
  ledger: Ledger,
  { out, formats, made, resume }: { out: string; formats: readonly HeatmapFormat[]; made: string; resume: boolean },
): Promise<{ wanted: Map<string, PlannedResult>; there: number }> {
  const nameFor = outputNames(ledger);
  const wanted = new Map<string, PlannedResult>();
  const inputs = new Set<string>();
  let there = 0;
  for (const path of images) {
    const input = resolve(path);
    if (inputs.has(input)) {
      continue;
    }
    inputs.add(input);
    const { name, before } = await nameFor(input);
    const files = formats.map((format) => ({ path: join(out, `${name}.${format}`), format }));
    const planned = { input, name, files };
    if (resume && (await isCurrent(before, made, planned))) {
      there++;
    } else {
      wanted.set(path, planned);
    }
  }
  return { wanted, there };
}

/**
 * Refuses results whose place is taken, before the network runs for them.
 *
 * @throws WeldonError naming the file that is in the way
 */
export async function refuseTaken(
  { files }: PlannedResult,
  inputs: ReadonlySet<string>,
  ledger: Ledger,
): Promise<void> {
  for (const { path } of files) {
    if (inputs.has(path)) {
      throw expectedInWords(path, 'another file than the images', 'one of them: choose another folder for results');
    }
    await ledger.refuseForeign(path);
  }
}
