import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import type { SharpOptions } from 'sharp';
import { checkKeys, expected, expectedInWords, WeldonError } from '../../errors.js';
import type { Pixels } from '../../heatmaps/types.js';
import { toStderr } from '../notice.js';
import type { Notice } from '../notice.js';
import { readRecord, recordAsPng } from './imageRecords.js';
import { describeFile, refusedKind } from './fileKind.js';
import { openInEightBits } from './sampleNumbers.js';

// Images come once; what libvips keeps of them would only grow.
sharp.cache(false);

export interface ReadImageOptions {
  /** Images of more pixels are refused before they are decoded. Default 100 000 000. */
  maxPixels?: number;
  /** What shows through transparent pixels, any CSS colour. Default `'#ffffff'`. */
  background?: string;
  /** Takes a sentence about what was guessed of the image's numbers. Default: a line on stderr, for the first image. */
  notice?: Notice;
  /** The long side of the result in pixels; larger images are shrunk while they are decoded. Default: no limit. */
  maxSide?: number;
  /**
   * By how much a JPEG may be smaller than it is, told from its upright size: it is decoded at an eighth, a quarter or a
   * half where that is enough, which takes a fraction of the time. Default: not at all.
   */
  shrink?: (width: number, height: number) => number;
}

/** A decoded image: upright, sRGB, 8 bits a channel, opaque. */
export interface DecodedImage {
  path: string;
  /** RGB, row-major `[height, width, 3]`, 0–255 */
  pixels: Uint8Array;
  width: number;
  height: number;
  /** upright size in the file, before `maxSide` */
  originalWidth: number;
  originalHeight: number;
  /** what the bytes are, whatever the name says: `'jpeg'`, `'png'`, `'gif'`, … */
  format: string;
}

/** What JPEG allows. Longer strips cost minutes and gigabytes out of proportion to their pixels. */
const longestSide = 65_535;

const formats = 'a JPEG, PNG, WebP, GIF, AVIF or TIFF image';

function refuse(path: string, received: string): WeldonError {
  return expectedInWords(path, formats, received);
}

function fileError(path: string, error: unknown): WeldonError {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refuse(
        path,
        path.includes('\uFFFD')
          ? 'a name that is no UTF-8: rename the file, or give its folder'
          : 'no file of that name: check the path',
      );
    case 'EACCES':
    case 'EPERM':
      return refuse(path, 'a file that may not be read: check its permissions');
    default:
      return refuse(path, `a file that cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** No image within reason is larger; whatever is, a video under a wrong name perhaps, is not read into memory. */
const mostBytes = 2 ** 30;

/**
 * The bytes of an image file, or of an image in a file of records, as a PNG.
 *
 * @param most that it may have
 * @throws WeldonError as `readImage`, before a byte is read
 */
export async function readImageBytes(path: string, most = mostBytes): Promise<Buffer> {
  try {
    const record = await readRecord(path);
    if (record !== null) {
      return await recordAsPng(record);
    }
    const file = await stat(path);
    if (file.isDirectory()) {
      throw refuse(path, 'a folder: give the files in it');
    }
    if (!file.isFile()) {
      throw refuse(path, 'a device or a pipe: save it as a file first');
    }
    if (file.size > most) {
      const size =
        file.size < 2 ** 30 ? `${(file.size / 2 ** 20).toFixed(1)} MiB` : `${(file.size / 2 ** 30).toFixed(1)} GiB`;
      throw refuse(path, `a file of ${size}: check that it is the file you meant`);
    }
    return await readFile(path);
  } catch (error) {
    throw error instanceof WeldonError ? error : fileError(path, error);
  }
}

/** libvips repeats itself over several lines; the first one says it. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .split('\n')[0]
    .replace(/^Input (buffer|file) (has|contains) /, '');
}

/** Words by which the decoders say that data ended too early. */
const cutOff = /premature end|unexpected end|end of stream|read error|out of data|truncated|bad seek|unable to parse/i;

async function decodeError(path: string, bytes: Buffer, error: unknown): Promise<WeldonError> {
  const reason = firstLine(error);
  if (/tiff2vips: (samples? out of range|unsupported|bad bits)/i.test(reason)) {
    return refuse(path, 'a TIFF image with numbers of another kind: save it with 8 or 16 bits a channel');
  }
  const isTiff = /^(II\*\0|MM\0\*)/.test(bytes.toString('latin1', 0, 4)); // its directory is often at the end
  if (cutOff.test(String(error)) || (isTiff && /unsupported image format/.test(reason))) {
    return expectedInWords(path, 'a complete image', 'one that is cut off: copy or download it again');
  }
  if (/unsupported image format/.test(reason)) {
    return refuse(path, `${await describeFile(bytes)}: convert it or leave it out`);
  }
  // libvips keeps its reasons in one place for all threads; another thread's image may have wiped this one's out.
  const known = /unknown error/i.test(reason) ? '' : ` (${reason})`;
  return expectedInWords(path, 'a sound image', `a damaged one${known}: copy or download it again`);
}

/**
 * Reads one image, by what its bytes are and not by its name: JPEG (grey, CMYK, rotated by EXIF), PNG (8 and
 * 16 bits, palette, transparency), WebP, GIF (first frame), AVIF, TIFF. Colour profiles are brought to sRGB. Of whole
 * numbers of more than 8 bits that is white which the file says (significant bits, MaxSampleValue), or else 255, 4095 or
 * 65535, the first that the image does not exceed, which is told; floats go from 0 to 1. Decoding runs in sharp's thread pool.
 *
 * @throws WeldonError, one sentence that names the file: missing, a folder, empty, not an image, cut off, damaged,
 *   more than `maxPixels`, a side above 65 535 pixels, or numbers in another range
 *
 * @example
 * const { pixels, width, height } = await readImage('beach.jpg'); // RGB, pixels.length === width * height * 3
 */
export async function readImage(path: string, options: ReadImageOptions = {}): Promise<DecodedImage> {
  checkKeys(options, 'maxPixels background maxSide shrink notice', 'readImage');
  checkReading(options); // before a byte is read
  return decodeImage(await readImageBytes(path), path, options);
}

function checkReading({ maxPixels = 100e6, maxSide }: ReadImageOptions): void {
  if (!(maxPixels > 0)) {
    throw expected('maxPixels', 'a number of pixels > 0', maxPixels);
  }
  if (maxSide !== undefined && (!Number.isInteger(maxSide) || maxSide < 1)) {
    throw expected('maxSide', 'a whole number of pixels >= 1', maxSide);
  }
}

/**
 * The same for the bytes of an image.
 *
 * @param path what error sentences call it
 */
export async function decodeImage(bytes: Buffer, path: string, options: ReadImageOptions = {}): Promise<DecodedImage> {
  checkReading(options);
  const { maxPixels = 100e6, background = '#ffffff', maxSide, shrink, notice = tellOnce } = options;
  if (bytes.length === 0) {
    throw refuse(path, 'an empty file: copy or download it again');
  }
  const refused = await refusedKind(bytes);
  if (refused !== null) {
    throw refuse(path, refused);
  }
  try {
    // 'error' lets harmless oddities of cameras pass and still refuses an image that is cut off.
    const settings: SharpOptions = { failOn: 'error', limitInputPixels: false, autoOrient: true };
    const metadata = await sharp(bytes, settings).metadata();
    const { format, autoOrient, pageHeight } = metadata;
    const originalWidth = autoOrient.width;
    const originalHeight = pageHeight ?? autoOrient.height;
    if (originalWidth * originalHeight > maxPixels) {
      throw expectedInWords(
        path,
        `an image of at most ${inMegapixels(maxPixels)}`,
        `${originalWidth} × ${originalHeight} = ${inMegapixels(originalWidth * originalHeight)}: shrink it or raise the limit (maxPixels; --max-megapixels of weldon heatmap)`,
      );
    }
    if (Math.max(originalWidth, originalHeight) > longestSide) {
      throw expectedInWords(
        path,
        `an image of at most ${longestSide} pixels a side`,
        `${originalWidth} × ${originalHeight} pixels: cut or shrink it`,
      );
    }
    const decoder = await openInEightBits(path, bytes, settings, metadata, notice);
    if (maxSide !== undefined && Math.max(originalWidth, originalHeight) > maxSide) {
      decoder.resize({ width: maxSide, height: maxSide, fit: 'inside' });
    } else if (shrink !== undefined && format === 'jpeg') {
      const most = shrink(originalWidth, originalHeight);
      const factor = [8, 4, 2].find((each) => each <= most);
      if (factor !== undefined) {
        // The decoder leaves out what it need not compute; at most one line and one column are resampled.
        const side = (length: number) => Math.max(1, Math.floor(length / factor));
        decoder.resize({ width: side(originalWidth), height: side(originalHeight), fit: 'fill', kernel: 'cubic' });
      }
    }
    const { data, info } = await decoder
      .flatten({ background })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      path,
      pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      width: info.width,
      height: info.height,
      originalWidth,
      originalHeight,
      format,
    };
  } catch (error) {
    throw error instanceof WeldonError ? error : await decodeError(path, bytes, error);
  }
}

let toldOnce = false;

/** Images of one apparatus are alike, and one line is enough for a thousand. */
const tellOnce: Notice = (sentence) => {
  if (!toldOnce) {
    toldOnce = true;
    toStderr(`${sentence} (told once for all images that are like it)`);
  }
};

function inMegapixels(pixels: number): string {
  return pixels < 1e5 ? `${pixels} pixels` : `${Number((pixels / 1e6).toPrecision(3))} megapixels`;
}

/** RGB bytes as opaque RGBA, the form that overlays and canvases take. */
export function rgbaPixels({ pixels, width, height }: { pixels: Uint8Array; width: number; height: number }): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; to < data.length; from += 3, to += 4) {
    data[to] = pixels[from];
    data[to + 1] = pixels[from + 1];
    data[to + 2] = pixels[from + 2];
    data[to + 3] = 255;
  }
  return { data, width, height };
}
