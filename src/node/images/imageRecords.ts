/** Images that lie in one file one behind the other, as CIFAR's do: each is named by its file and its number. */
import { open, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { expectedInWords } from '../../errors.js';

/** Rows and columns of an image in such a file; red, then green, then blue follow its labels. */
const side = 32;
const pixelBytes = 3 * side * side;

/** Bytes of a record: CIFAR-10 has one label before the pixels, CIFAR-100 two. */
const recordSizes: readonly number[] = [pixelBytes + 1, pixelBytes + 2];

/** How an image in a file of records is called: `train.bin#17`. */
export function recordPath(file: string, record: number): string {
  return `${file}#${record}`;
}

function recordOf(path: string): { file: string; record: number } | null {
  const found = /^(.*\.bin)#(\d+)$/is.exec(path);
  return found && { file: found[1], record: Number(found[2]) };
}

/**
 * Bytes of one record of a file, told by its length.
 *
 * @throws WeldonError for a length that is no multiple of either
 */
export async function recordSize(file: string): Promise<number> {
  const { size } = await stat(file);
  const found = recordSizes.find((bytes) => size > 0 && size % bytes === 0);
  if (found === undefined) {
    throw expectedInWords(
      file,
      `whole records of ${recordSizes.join(' or ')} bytes, as CIFAR-10 and CIFAR-100 have them`,
      size === 0
        ? 'an empty file'
        : `${size} bytes, ${recordSizes.map((bytes) => `${size % bytes} more than ${Math.floor(size / bytes)} of ${bytes}`).join(', ')}: ` +
            'it is cut short, or of another kind',
    );
  }
  return found;
}

/**
 * The bytes of a record that a path names, labels and all; `null` for the path of a file.
 *
 * @throws the system's own error where the file cannot be read
 */
export async function readRecord(path: string): Promise<Buffer | null> {
  const named = recordOf(path);
  if (named === null || (await stat(path).catch(() => null)) !== null) {
    return null;
  }
  const { file, record } = named;
  const bytes = await recordSize(file);
  const buffer = Buffer.alloc(bytes);
  const handle = await open(file);
  try {
    const { bytesRead } = await handle.read(buffer, 0, bytes, record * bytes);
    if (bytesRead < bytes) {
      throw expectedInWords(
        path,
        `one of the ${(await handle.stat()).size / bytes} images of its file`,
        'none of that number',
      );
    }
  } finally {
    await handle.close();
  }
  return buffer;
}

/** A record as a PNG image, which is what everything that reads images takes; without loss. */
export async function recordAsPng(record: Buffer): Promise<Buffer> {
  const planes = record.subarray(record.length - pixelBytes);
  const pixels = Buffer.alloc(pixelBytes);
  for (let i = 0; i < side * side; i++) {
    for (let color = 0; color < 3; color++) {
      pixels[3 * i + color] = planes[color * side * side + i];
    }
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
