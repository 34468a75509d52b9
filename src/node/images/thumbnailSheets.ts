import sharp from 'sharp';
import { inParallel } from './readImages.js';

/** How thumbnails lie in sheets. */
export interface SheetLayout {
  /** side of a tile in pixels */
  side: number;
  columns: number;
  perSheet: number;
}

/** One image as large as it fits into a tile, on white; null for one that cannot be read. */
async function tile(path: string, side: number): Promise<Buffer | null> {
  try {
    return await sharp(path, { failOn: 'error' })
      .rotate()
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .resize(side, side, { fit: 'contain', background: '#fff' })
      .removeAlpha()
      .raw()
      .toBuffer();
  } catch {
    return null;
  }
}

/**
 * Images as square tiles of a few WebP files, row by row; the tile of one that cannot be read is white.
 *
 * @param paths null for an image that is not there
 * @returns the sheets, and how many tiles stayed white
 */
export async function thumbnailSheets(
  paths: readonly (string | null)[],
  { side, columns, perSheet }: SheetLayout,
  { signal, onImages }: { signal?: AbortSignal; onImages?: (done: number, total: number) => void } = {},
): Promise<{ sheets: Uint8Array[]; blank: number }> {
  const sheets: Uint8Array[] = [];
  let blank = 0;
  let done = 0;
  for (let at = 0; at < paths.length; at += perSheet) {
    const part = paths.slice(at, at + perSheet);
    const [width, height] = [columns * side, Math.ceil(part.length / columns) * side];
    const pixels = Buffer.alloc(width * height * 3, 255);
    await inParallel(
      part.map((path, i) => ({ path, i })),
      async ({ path, i }) => {
        signal?.throwIfAborted();
        const image = path === null ? null : await tile(path, side);
        const corner = (Math.floor(i / columns) * side * width + (i % columns) * side) * 3;
        for (let row = 0; image !== null && row < side; row++) {
          image.copy(pixels, corner + row * width * 3, row * side * 3, (row + 1) * side * 3);
        }
        blank += image === null ? 1 : 0;
        onImages?.(++done, paths.length);
      },
    );
    const raw = { width, height, channels: 3 as const };
    sheets.push(new Uint8Array(await sharp(pixels, { raw }).webp({ quality: 78 }).toBuffer()));
  }
  return { sheets, blank };
}
