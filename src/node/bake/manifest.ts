/** The list of a bake's images: text files, a line an image, that never change. */
import { createHash } from 'node:crypto';
import { expectedInWords } from '../../errors.js';
import type { Notice } from '../notice.js';
import type { ListedImage, ShardSink } from './bakePlaces.js';
import { refuseSecrets } from './bakePlaces.js';
import { sha256Of } from '../storage/plainFile.js';

export type { ListedImage };

/** Some lines of a manifest, as one file whose name holds the hash of its bytes. */
export interface ManifestPart {
  /** `manifest/000000100000-0123456789abcdef.txt` */
  name: string;
  /** number of its first line in the whole manifest, from 0 */
  first: number;
  lines: number;
}

/**
 * An image as a line: its key, then what is known of it, with tabs between.
 *
 * @throws WeldonError for an address that lets in whoever has it
 */
export function lineOf({ key, size, etag }: ListedImage): string {
  refuseSecrets(key);
  const isPlain = !/[\u0000-\u001f]|^"/.test(key);
  return [
    isPlain ? key : JSON.stringify(key),
    ...(size === undefined ? [] : [`size=${size}`]),
    ...(etag === undefined ? [] : [`etag=${etag.replaceAll(/\s/g, '')}`]),
  ].join('\t');
}

/** @throws WeldonError for a line that is no image */
export function readLine(line: string): ListedImage {
  const [word, ...fields] = line.split('\t');
  const image: ListedImage = { key: word };
  if (word.startsWith('"')) {
    try {
      image.key = String(JSON.parse(word));
    } catch {
      throw expectedInWords('a line of a manifest', 'a path or address', JSON.stringify(line));
    }
  }
  for (const field of fields) {
    if (/^size=\d+$/.test(field)) {
      image.size = Number(field.slice(5));
    } else if (field.startsWith('etag=')) {
      image.etag = field.slice(5);
    }
  }
  return image;
}

/** Says which texts came before, by 64 bits of their hashes: 20 million take 256 MB. */
export function seenTexts(): (text: string) => boolean {
  let table = new Uint32Array(2 ** 13);
  let count = 0;
  const put = (low: number, high: number): boolean => {
    const mask = table.length / 2 - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const [a, b] = [table[2 * at], table[2 * at + 1]];
      if (a === low && b === high) {
        return true;
      }
      if (a === 0 && b === 0) {
        table[2 * at] = low;
        table[2 * at + 1] = high;
        return false;
      }
    }
  };
  return (text) => {
    const digest = createHash('sha256').update(text).digest();
    if (put(digest.readUInt32LE(0), (digest.readUInt32LE(4) | 1) >>> 0)) {
      return true;
    }
    if (++count * 3 > table.length) {
      const before = table;
      table = new Uint32Array(before.length * 2);
      for (let at = 0; at < before.length; at += 2) {
        if (before[at] !== 0 || before[at + 1] !== 0) {
          put(before[at], before[at + 1]);
        }
      }
    }
    return false;
  };
}

/** Lines of a part: few enough to be read as a whole by every worker. */
const usualLines = 100_000;

/**
 * Writes a manifest, a part after the other. An image that comes twice is taken once, which is told.
 *
 * @param partLines at most 1 000 000
 * @throws WeldonError for no image at all
 */
export async function writeManifest(
  sink: ShardSink,
  images: AsyncIterable<ListedImage> | Iterable<ListedImage>,
  { notice, partLines = usualLines }: { notice: Notice; partLines?: number },
): Promise<ManifestPart[]> {
  const parts: ManifestPart[] = [];
  const isSeen = seenTexts();
  let [first, twice, example] = [0, 0, ''];
  let lines: string[] = [];
  const flush = async () => {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    const name = `manifest/${String(first).padStart(12, '0')}-${sha256Of(bytes).slice(0, 16)}.txt`;
    await sink.put(name, bytes);
    parts.push({ name, first, lines: lines.length });
    first += lines.length;
    lines = [];
  };
  for await (const image of images) {
    if (isSeen(image.key)) {
      example = twice++ === 0 ? image.key : example;
      continue;
    }
    if (lines.push(lineOf(image)) === partLines) {
      await flush();
    }
  }
  if (lines.length > 0) {
    await flush();
  }
  if (twice > 0) {
    notice(`${twice} of the images are listed twice and taken once: ${example}${twice > 1 ? ' …' : ''}`);
  }
  if (parts.length === 0) {
    throw expectedInWords('the manifest', 'a list of one image or more', 'an empty one');
  }
  return parts;
}

/**
 * The lines of a part.
 *
 * @throws WeldonError for a part that is gone, or was changed
 */
export async function readPart(sink: ShardSink, name: string): Promise<string[]> {
  const bytes = await sink.get(name);
  const place = `${sink.location}/${name}`;
  if (bytes === null) {
    throw expectedInWords(place, 'a part of the manifest', 'none: it was removed under its run');
  }
  if (!name.endsWith(`-${sha256Of(bytes).slice(0, 16)}.txt`)) {
    throw expectedInWords(
      place,
      'as it was written',
      'another list: a manifest stays as it is; bake other images to a place of their own',
    );
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trimEnd().split('\n');
}
