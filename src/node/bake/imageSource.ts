import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expectedInWords } from '../../errors.js';
import { findImages } from '../images/findImages.js';
import { passedOverInWords } from '../images/passedOver.js';
import { readImageBytes } from '../images/readImage.js';
import { decodedPieces } from '../readText.js';
import { statPlainFile } from '../storage/plainFile.js';
import { readLine } from './manifest.js';
import type { ImageSource, ListedImage, SourceOptions } from './bakePlaces.js';
import { isListName, schemeOf } from './bakePlaces.js';

export type { ImageSource };

/** Bytes of an image at most. */
export const usualMaxBytes = 2 ** 30;

/** Images of a text, a line each as in a manifest; paths are from `folder` on. */
async function* listedImages(path: string): AsyncGenerator<ListedImage> {
  await statPlainFile(path).catch((error: unknown) => {
    throw expectedInWords(path, 'a list of images, a line each', (error as Error).message);
  });
  const input = Readable.from(decodedPieces(createReadStream(path)));
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() !== '') {
      const { key, ...more } = readLine(line);
      yield { key: schemeOf(key) === undefined ? resolve(dirname(path), key) : key, ...more };
    }
  }
}

/** @throws WeldonError for a `file:` address of another machine, and one with broken signs */
function pathOf(place: string): string {
  if (schemeOf(place) !== 'file') {
    return place;
  }
  try {
    return fileURLToPath(place);
  } catch (error) {
    throw expectedInWords(place, 'a path, or the address of a file here', (error as Error).message);
  }
}

/** Files of this machine, or of a disk that machines share. */
export function fileSource(): ImageSource {
  return {
    async *list(place, { signal, notice }) {
      const path = resolve(pathOf(place));
      if (isListName(path)) {
        yield* listedImages(path);
        return;
      }
      const { files, errors, passedOver } = await findImages([path]);
      const passed = passedOverInWords(path, passedOver);
      if (passed !== null) {
        notice(passed);
      }
      if (files.length === 0 && errors.length > 0) {
        throw errors[0].error;
      }
      errors.forEach(({ error }) => notice(error.message));
      for (const file of files) {
        signal?.throwIfAborted();
        const size = (await stat(file).catch(() => null))?.size;
        yield size === undefined ? { key: file } : { key: file, size };
      }
    },
    read: async (key, { maxBytes }) => readImageBytes(pathOf(key), maxBytes),
  };
}

/** Gives the source of each key, opened when it is first asked for. */
export interface Sources {
  of(key: string): Promise<ImageSource>;
  close(): Promise<void>;
}

async function openSource(scheme: string | undefined, options: SourceOptions): Promise<ImageSource> {
  switch (scheme) {
    case undefined:
    case 'file':
      return fileSource();
    case 'http':
    case 'https':
      return (await import('./webSource.js')).webSource(options);
    case 's3':
      return (await import('./s3.js')).s3Source();
    default:
      throw expectedInWords(
        'the key of an image',
        'a path, or an address that begins with https://, http:// or s3://',
        `one that begins with ${scheme}://`,
      );
  }
}

/** @throws WeldonError (when used) for an address of a kind that is not known */
export function openSources(options: SourceOptions = {}): Sources {
  const opened = new Map<string | undefined, Promise<ImageSource>>();
  return {
    of(key) {
      const scheme = schemeOf(key)?.replace(/^http$/, 'https');
      const source = opened.get(scheme) ?? openSource(scheme, options);
      opened.set(scheme, source);
      return source;
    },
    async close() {
      await Promise.allSettled([...opened.values()].map(async (source) => (await source).close?.()));
    },
  };
}
