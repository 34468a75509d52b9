/** What models said of images, kept in the folder for results, so that a run which was stopped goes on where it was. */
import { join } from 'node:path';
import { atomicWrite } from '../../node/storage/atomicWrite.js';
import { appendJsonLines, isUnchanged, readJsonLines, refuseForeignFile } from '../../node/storage/ownFiles.js';
import type { SeenFile } from '../../node/storage/ownFiles.js';
import type { ImageTag, ModelVerdict } from '../../tagging/tags/tagImages.js';

/** A part of an image: of its width and height, 0 … 1. */
export interface ImageBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One image as the models see it; regions are boxes on the image, whatever the network saw of it. */
export interface SeenTags {
  width: number;
  height: number;
  tags: (Omit<ImageTag, 'region'> & { box?: ImageBox })[];
  verdicts: ModelVerdict[];
}

interface StateLine {
  input: string;
  image: SeenFile;
  made: string;
  seen: SeenTags;
}

/** What is known of images by their absolute paths. */
export interface TagState {
  /** @returns what is known of an image that is as it was then; `null` where there is nothing */
  find(input: string): Promise<SeenTags | null>;
  /** Adds what is known of some images in one write. */
  add(found: readonly { input: string; image: SeenFile; seen: SeenTags }[]): Promise<void>;
}

const stateName = '.weldon-tags.jsonl';
const head = '{"weldonTags":1,"kind":"state"}';

const isLine = (line: unknown): line is StateLine =>
  ['input', 'image', 'made', 'seen'].every((name) => (line as Record<string, unknown> | null)?.[name] !== undefined);

/**
 * @param made hash of all that decides what models say
 * @throws WeldonError where a file of that name is another one
 */
export async function openTagState(folder: string, made: string): Promise<TagState> {
  const path = join(folder, stateName);
  const there = await refuseForeignFile(path, (text) => text.startsWith(head));
  const lines = there ? (await readJsonLines(path)).filter(isLine) : [];
  const known = new Map(lines.filter((line) => line.made === made).map((line) => [line.input, line]));
  if (!there) {
    await atomicWrite(path, `${head}\n`);
  }
  return {
    async find(input) {
      const line = known.get(input);
      return line !== undefined && (await isUnchanged(input, line.image)) ? line.seen : null;
    },
    async add(found) {
      const added = found.map(({ input, image, seen }): StateLine => ({ input, image, made, seen }));
      added.forEach((line) => known.set(line.input, line));
      await appendJsonLines(path, added);
    },
  };
}
