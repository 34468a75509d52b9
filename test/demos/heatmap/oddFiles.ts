/** Pictures and non-pictures that people drop. */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';

export interface OddFile {
  name: string;
  bytes: Uint8Array;
}

/** A PNG's beginning with a size that is only claimed. */
export function hugePng(width: number, height: number): OddFile {
  const bytes = Buffer.alloc(64);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).copy(bytes);
  bytes.write('IHDR', 12, 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  deflateSync(Buffer.alloc(4)).copy(bytes, 40);
  return { name: 'huge.png', bytes };
}

/** A GIF of two pictures, red and blue, 16 × 16 pixels. */
export async function animatedGif(): Promise<OddFile> {
  const frame = (color: string) =>
    sharp({ create: { width: 16, height: 16, channels: 3, background: color } })
      .png()
      .toBuffer();
  const bytes = await sharp([await frame('red'), await frame('blue')], { join: { animated: true } })
    .gif({ loop: 0 })
    .toBuffer();
  return { name: 'two.gif', bytes };
}

/** A photo of 120 × 80 pixels that is to be shown turned, 80 × 120. */
export async function rotatedJpeg(): Promise<OddFile> {
  const bytes = await sharp({ create: { width: 120, height: 80, channels: 3, background: 'green' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  return { name: 'turned.jpg', bytes };
}

export async function cmykJpeg(): Promise<OddFile> {
  const bytes = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'orange' } })
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  return { name: 'print.jpg', bytes };
}

/** Square pieces of a photo, `count` of them, as JPEGs. */
export async function pieces(path: string, count: number): Promise<OddFile[]> {
  const { width, height } = await sharp(path).metadata();
  const side = Math.floor(Math.min(width, height) * 0.8);
  return Promise.all(
    Array.from({ length: count }, async (_, i) => ({
      name: `piece ${i + 1}.jpg`,
      bytes: await sharp(path)
        .extract({
          left: Math.floor(((width - side) * i) / Math.max(1, count - 1)),
          top: Math.floor((height - side) / 2),
          width: side,
          height: side,
        })
        .resize(200, 200)
        .jpeg()
        .toBuffer(),
    })),
  );
}
