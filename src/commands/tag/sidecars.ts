/** Tags as XMP beside images, written so that others' tags stay, and ours can be told from them and taken back. */
import { execFile } from 'node:child_process';
import { access, constants, copyFile, lstat, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkKeys, expectedInWords, WeldonError } from '../../errors.js';
import { findImages } from '../../node/images/findImages.js';
import { writeError } from '../../node/storage/atomicWrite.js';
import { optionalPackages } from '../../node/vectorStores/optionalPackage.js';
import type { FileTag } from './tagList.js';

/** What became of one sidecar. */
export interface SidecarResult {
  /** path of the sidecar */
  path: string;
  /** `'none'`: there is none, and none is needed */
  state: 'written' | 'unchanged' | 'removed' | 'none' | 'failed';
  /** why it could not be written; it is as it was */
  error?: string;
}

/** The part of exiftool-vendored that is used here, spelt out so that it stays optional. */
interface ExifTool {
  readRaw(file: string, options: { readArgs: string[] }): Promise<Record<string, unknown>>;
  write(file: string, tags: object, options: { writeArgs: string[] }): Promise<unknown>;
  end(): Promise<void>;
}

type ExifToolClass = new (options: object) => ExifTool;

export interface Sidecars {
  /** Gives an image these tags of ours, in place of those it has of us. */
  write(image: string, tags: readonly Pick<FileTag, 'tag' | 'parentOf'>[]): Promise<SidecarResult>;
  /**
   * The bytes of a copy of an image with these tags of ours inside, in place of those it has of us; its pixels and all other
   * metadata are as they were.
   *
   * @throws WeldonError for a file of a kind that holds no XMP
   */
  copyWith(image: string, tags: readonly Pick<FileTag, 'tag' | 'parentOf'>[]): Promise<Buffer>;
  /** Takes our tags from an image; a sidecar that holds nothing else goes. */
  undo(image: string): Promise<SidecarResult>;
  close(): Promise<void>;
}

/** Ours stand below this word in the fields that know levels, which tells them from others. */
const root = 'weldon';
const creator = 'tfjs-weldon';
const [flat, levels, digikam] = ['XMP-dc:Subject', 'XMP-lr:HierarchicalSubject', 'XMP-digiKam:TagsList'];

/** Milliseconds; a write takes a tenth of a second, on a busy machine longer. */
const longest = 300_000;

const controls = /[\u0000-\u001f\u007f-\u009f]/g;
/** A name on one level: `|` and `/` part levels. */
const safe = (name: string) => name.replace(controls, ' ').replace(/[|/]/g, '-');

/** @param known names that may have come as numbers, which ExifTool gives without their last zeros */
function listAt(found: Record<string, unknown>, field: string, known: readonly string[] = []): string[] {
  const value = found[field];
  const text = (each: unknown) =>
    (typeof each === 'number' ? known.find((name) => Number(name) === each) : undefined) ?? String(each);
  return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(text);
}

/** Names from the outermost parent to the tag, for each tag; parents of others have no line of their own. */
function chainsOf(tags: readonly Pick<FileTag, 'tag' | 'parentOf'>[]): string[][] {
  const own = tags.filter(({ parentOf }) => parentOf === undefined || !tags.some(({ tag }) => tag === parentOf));
  return own.map(({ tag }) => [
    ...tags
      .filter(({ parentOf }) => parentOf === tag)
      .map((parent) => parent.tag)
      .reverse(),
    tag,
  ]);
}

async function kindOf(path: string): Promise<'none' | 'xmp' | 'other'> {
  try {
    if (!(await lstat(path)).isFile()) {
      return 'other';
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return 'none';
    }
    throw writeError(path, error);
  }
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return /<x:x[am]pmeta|<rdf:RDF/.test(buffer.toString('utf8', 0, bytesRead)) ? 'xmp' : 'other';
  } finally {
    await file.close();
  }
}

/** Sentences for what goes wrong with one sidecar; others go on. */
async function sidecarOf(path: string, work: () => Promise<SidecarResult['state']>): Promise<SidecarResult> {
  try {
    return { path, state: await work() };
  } catch (error) {
    const message = (error as Error).message.split('\n')[0];
    const sentence = error instanceof WeldonError ? message : expectedInWords(path, 'written', message).message;
    return { path, state: 'failed', error: sentence };
  }
}

async function refuseOther(path: string): Promise<'none' | 'xmp'> {
  const kind = await kindOf(path);
  if (kind === 'other') {
    throw expectedInWords(path, 'free, or a file with XMP', 'another file, which stays as it is');
  }
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw writeError(path, error);
  });
  return kind;
}

/**
 * What a sidecar holds of us and of others.
 *
 * @param wanted names that it shall have
 */
async function readSidecar(tool: ExifTool, path: string, wanted: readonly string[] = []) {
  const found = await tool.readRaw(path, { readArgs: ['-G1', '-XMP:all'] });
  const ours = listAt(found, levels).filter((line) => line.startsWith(`${root}|`));
  const oursOfDigikam = listAt(found, digikam).filter((line) => line.startsWith(`${root}/`));
  const names = new Set(ours.flatMap((line) => line.split('|').slice(1)));
  const subjects = listAt(found, flat, [...names, ...wanted]);
  const isOurs = (subject: string) => names.has(safe(subject));
  return { found, ours, oursOfDigikam, subjects, isOurs };
}

/** What makes one list of another, touching nothing else that a field holds: what others wrote is not written anew. */
function change(field: string, before: readonly string[], after: readonly string[]): Record<string, string[]> {
  const [gone, come] = [
    before.filter((value) => !after.includes(value)),
    after.filter((value) => !before.includes(value)),
  ];
  return {
    ...(gone.length === 0 ? {} : { [`${field}-`]: gone }),
    ...(come.length === 0 ? {} : { [`${field}+`]: come }),
  };
}

/**
 * Opens what writes sidecars.
 *
 * @throws WeldonError where exiftool-vendored is not installed, with the line that does it, or perl is missing
 */
export async function openSidecars(perl = 'perl'): Promise<Sidecars> {
  const [loaded] = (await optionalPackages({ 'exiftool-vendored': '^35.21.0' }, 'XMP sidecars')) as [
    { ExifTool?: ExifToolClass; default?: { ExifTool: ExifToolClass } },
  ];
  if (process.platform !== 'win32') {
    await promisify(execFile)(perl, ['-e', '1']).catch(() => {
      throw new WeldonError('Expected perl for XMP sidecars to be installed but found none: ExifTool is written in it');
    });
  }
  const ExifToolHere = (loaded.ExifTool ?? loaded.default?.ExifTool) as ExifToolClass;
  const tool = new ExifToolHere({ maxProcs: 1, taskTimeoutMillis: longest, spawnTimeoutMillis: longest });
  const write = async (path: string, tags: Record<string, string | string[]>) => {
    await tool.write(path, tags, { writeArgs: ['-overwrite_original'] });
  };
  /** What gives a file these tags of ours. */
  const changesFor = async (path: string, tags: readonly Pick<FileTag, 'tag' | 'parentOf'>[], isNew: boolean) => {
    const { ours, oursOfDigikam, subjects, isOurs } = isNew
      ? { ours: [], oursOfDigikam: [], subjects: [], isOurs: () => false }
      : await readSidecar(
          tool,
          path,
          tags.map(({ tag }) => tag),
        );
    // What others have given already stays theirs, and is not taken back with ours.
    const others = new Set(subjects.filter((subject) => !isOurs(subject)));
    const chains = chainsOf(tags)
      .filter((chain) => !others.has(chain[chain.length - 1]))
      .map((chain) => chain.filter((name) => !others.has(name)));
    const lines = (between: string) => [...new Set(chains.map((chain) => [root, ...chain.map(safe)].join(between)))];
    const names = [...new Set(chains.flat().map((name) => name.replace(controls, ' ')))];
    return {
      ...change(flat, subjects.filter(isOurs), names),
      ...change(levels, ours, lines('|')),
      ...change(digikam, oursOfDigikam, lines('/')),
    };
  };
  return {
    copyWith: async (image, tags) => {
      const folder = await mkdtemp(join(tmpdir(), 'weldon-copy-'));
      try {
        const path = join(folder, basename(image));
        await copyFile(image, path);
        const changes = await changesFor(path, tags, false);
        if (Object.keys(changes).length > 0) {
          await write(path, changes);
        }
        return await readFile(path);
      } catch (error) {
        const message = (error as Error).message.split('\n')[0].replaceAll(`${folder}/`, '');
        throw expectedInWords(image, 'an image that can hold XMP', message);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    write: (image, tags) => {
      const path = `${image}.xmp`;
      return sidecarOf(path, async () => {
        const kind = await refuseOther(path);
        if (kind === 'none' && tags.length === 0) {
          return 'none';
        }
        const changes = await changesFor(path, tags, kind === 'none');
        if (Object.keys(changes).length === 0) {
          return 'unchanged';
        }
        await write(path, { ...changes, ...(kind === 'none' ? { 'XMP-xmp:CreatorTool': creator } : {}) });
        return 'written';
      });
    },
    undo: (image) => {
      const path = `${image}.xmp`;
      return sidecarOf(path, async () => {
        if ((await kindOf(path)) !== 'xmp') {
          return 'none';
        }
        const { found, ours, oursOfDigikam, subjects, isOurs } = await readSidecar(tool, path);
        if (ours.length === 0 && oursOfDigikam.length === 0) {
          return found['XMP-xmp:CreatorTool'] === creator ? removeEmpty(found, path) : 'none';
        }
        await refuseOther(path);
        await write(path, {
          ...change(flat, subjects.filter(isOurs), []),
          ...change(levels, ours, []),
          ...change(digikam, oursOfDigikam, []),
        });
        const left = (await readSidecar(tool, path)).found;
        return left['XMP-xmp:CreatorTool'] === creator && (await removeEmpty(left, path)) === 'removed'
          ? 'removed'
          : 'written';
      });
    },
    close: () => tool.end(),
  };
}

/** Removes a sidecar that we made and that holds nothing any more. */
async function removeEmpty(found: Record<string, unknown>, path: string): Promise<'removed' | 'none'> {
  const rest = Object.keys(found).filter(
    (name) => name.startsWith('XMP') && name !== 'XMP-x:XMPToolkit' && name !== 'XMP-xmp:CreatorTool',
  );
  if (rest.length > 0) {
    return 'none';
  }
  await rm(path);
  return 'removed';
}

export interface UndoTagsOptions {
  /** Called after each image. */
  onImages?: (done: number, total: number, path: string) => void;
  /** Stops after the image in hand. */
  signal?: AbortSignal;
}

/**
 * Takes back the tags that `tagFiles` wrote to XMP sidecars: ours alone, in whichever run they were written; what others
 * wrote stays. A sidecar that we made and that holds nothing else is removed.
 *
 * @param paths images and folders, which are searched with their subfolders
 * @returns what became of the sidecar of each image, and paths that led nowhere
 * @throws WeldonError where exiftool-vendored is not installed, with the line that does it, or perl is missing
 *
 * @example
 * const { sidecars } = await undoTags(['images']);
 */
export async function undoTags(
  paths: readonly string[],
  options: UndoTagsOptions = {},
): Promise<{ sidecars: SidecarResult[]; failed: { image: string; error: string }[] }> {
  checkKeys(options, 'onImages signal', 'undoTags');
  const tool = await openSidecars();
  try {
    const found = await findImages(paths);
    const sidecars: SidecarResult[] = [];
    for (const path of found.files) {
      if (options.signal?.aborted === true) {
        break;
      }
      sidecars.push(await tool.undo(path));
      options.onImages?.(sidecars.length, found.files.length, path);
    }
    return { sidecars, failed: found.errors.map(({ path, error }) => ({ image: path, error: error.message })) };
  } finally {
    await tool.close();
  }
}
