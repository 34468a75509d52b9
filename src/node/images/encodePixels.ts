import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { Pixels } from '../../heatmaps/types.js';

function input({ data, width, height }: Pixels): Sharp {
  return sharp(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
    raw: { width, height, channels: 4 },
    limitInputPixels: false,
  });
}

/**
 * PNG bytes of opaque pixels, in sharp's thread pool. Level 2 with adaptive filters is where time and size meet:
 * for a figure of two images it takes a quarter of the canvas package's own encoder and is a little smaller.
 */
export function encodePng(pixels: Pixels): Promise<Buffer> {
  return input(pixels).removeAlpha().png({ compressionLevel: 2, adaptiveFiltering: true }).toBuffer();
}

/** WebP bytes of opaque pixels for a report, at most `maxSide` pixels on the long side. */
export function encodeImage(pixels: Pixels, maxSide: number, quality = 78): Promise<Buffer> {
  return input(pixels)
    .removeAlpha()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality, effort: 2 })
    .toBuffer();
}

/** WebP bytes of transparent pixels, both colour and alpha lossy. */
export function encodeOverlay(pixels: Pixels): Promise<Buffer> {
  return input(pixels).webp({ quality: 80, alphaQuality: 80, effort: 2 }).toBuffer();
}
