import { WeldonError } from '../../../src/index.js';
import type { Pixels } from '../../../src/index.js';

/** What the first bytes of a picture say, read before anything is decoded. */
interface ImageHeader {
  width: number;
  height: number;
  animated: boolean;
}

/** As many bytes as are looked at; a JPEG's preview may stand before its size. */
const headerBytes = 512 * 1024;

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** A JPEG's size stands in its start-of-frame segment, behind others of any length. */
function jpeg(bytes: Uint8Array, view: DataView): ImageHeader | null {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), animated: false };
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return null;
}

function webp(bytes: Uint8Array, view: DataView): ImageHeader | null {
  switch (ascii(bytes, 12, 4)) {
    case 'VP8X':
      return {
        width: 1 + (view.getUint32(24, true) & 0xffffff),
        height: 1 + (view.getUint32(26, true) >>> 8),
        animated: (bytes[20] & 2) !== 0,
      };
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, animated: false };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), animated: false };
    }
    default:
      return null;
  }
}

/** Whether a text stands in the bytes. */
function includes(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder('latin1').decode(bytes).includes(text);
}

/** The header of a JPEG, PNG, GIF, WebP or BMP; `null` for anything else, which the browser may know all the same. */
function imageHeader(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 32) {
    return null;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return jpeg(bytes, view);
  }
  if (ascii(bytes, 1, 3) === 'PNG') {
    return {
      width: view.getUint32(16),
      height: view.getUint32(20),
      animated: includes(bytes.subarray(0, 4096), 'acTL'),
    };
  }
  if (ascii(bytes, 0, 4) === 'GIF8') {
    return {
      width: view.getUint16(6, true),
      height: view.getUint16(8, true),
      animated: includes(bytes, 'NETSCAPE2.0'),
    };
  }
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') {
    return webp(bytes, view);
  }
  if (ascii(bytes, 0, 2) === 'BM') {
    return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)), animated: false };
  }
  return null;
}

/** Photos are kept no larger than this: more than any resolution of the network needs. */
const previewSide = 1600;

/** Larger photos are refused before they are decoded, which would take four bytes a pixel. */
const mostMegapixels = 100;

/** A longer strip would be enlarged beyond all measure by its short side. */
const longestStrip = 8;

export interface DecodedPhoto {
  /** of the upright photo, before it was shrunk */
  width: number;
  height: number;
  pixels: Pixels;
  preview: ImageBitmap;
  note: string | null;
}

function checkSize(name: string, width: number, height: number): void {
  const megapixels = Math.round((width * height) / 1e6);
  if (width * height > mostMegapixels * 1e6) {
    throw new WeldonError(
      `${name} has ${megapixels} megapixels; the page reads photos of up to ${mostMegapixels}. Make it smaller first.`,
    );
  }
  if (Math.max(width, height) > longestStrip * Math.min(width, height)) {
    throw new WeldonError(
      `${name} is ${width} × ${height} pixels; the page reads photos up to ${longestStrip} times as long as wide. Cut out a part.`,
    );
  }
}

async function bitmapOf(file: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file); // upright: browsers follow the EXIF orientation
  } catch {
    throw new WeldonError(`${name} is not a picture that this browser can read. Try a JPEG, PNG or WebP.`);
  }
}

/**
 * Decodes a photo: upright, in sRGB, on white where it is transparent, at most `previewSide` pixels on its long side.
 *
 * @throws WeldonError for an empty file, one that is no picture, or one that is too large
 */
export async function decodePhoto(file: Blob, name: string, side = previewSide): Promise<DecodedPhoto> {
  if (file.size === 0) {
    throw new WeldonError(`${name} is empty: it has 0 bytes.`);
  }
  const header = imageHeader(new Uint8Array(await file.slice(0, headerBytes).arrayBuffer()));
  if (header !== null) {
    checkSize(name, header.width, header.height);
  }
  const bitmap = await bitmapOf(file, name);
  const { width, height } = bitmap;
  try {
    checkSize(name, width, height);
    const scale = Math.min(1, side / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return {
      width,
      height,
      pixels: { data: data as Uint8ClampedArray, width: canvas.width, height: canvas.height },
      preview: canvas.transferToImageBitmap(),
      note: header?.animated === true ? `${name} is animated; only its first picture is read.` : null,
    };
  } finally {
    bitmap.close();
  }
}
