import { WeldonError } from '../../../src/index.js';
import type { Pixels } from '../../../src/index.js';
import { headerBytes, imageHeader } from './imageHeader.js';

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
