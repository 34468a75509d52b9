import sharp from 'sharp';
import type { Sharp } from 'sharp';

/** Raw pixels, row-major, `channels` bytes a pixel. */
export interface RawPixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  channels: 3 | 4;
}

/** Pixels repeated around the image before enlarging: more than the cubic kernel reaches. */
const margin = 3;

function input({ data, width, height, channels }: RawPixels): Sharp {
  return sharp(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
    raw: { width, height, channels },
    limitInputPixels: false,
  });
}

/**
 * Enlarges by affine transform: libvips' plain enlargement moves the image by half an output pixel, so the offset
 * is stated here and pixel centres stay where they belong.
 */
async function enlarge(image: RawPixels, width: number, height: number): Promise<RawPixels> {
  const { channels } = image;
  const padded = await input(image)
    .extend({ top: margin, bottom: margin, left: margin, right: margin, extendWith: 'copy' })
    .raw()
    .toBuffer();
  const paddedWidth = image.width + 2 * margin;
  const paddedHeight = image.height + 2 * margin;
  // Output pixel `first + p` reads the padded input at (first + p) / scale − shift, which must be
  // margin + (p + 0.5) / scale − 0.5.
  const axis = (from: number, to: number) => {
    const scale = to / from;
    const first = Math.round(margin * scale);
    return { scale, first, shift: (first - 0.5) / scale - margin + 0.5 };
  };
  const x = axis(image.width, width);
  const y = axis(image.height, height);
  const { data, info } = await input({ data: padded, width: paddedWidth, height: paddedHeight, channels })
    .affine(
      [
        [x.scale, 0],
        [0, y.scale],
      ],
      { interpolator: 'bicubic', idx: x.shift, idy: y.shift },
    )
    .raw()
    .toBuffer({ resolveWithObject: true });
  const cut = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((row + y.first) * info.width + x.first) * channels;
    cut.set(data.subarray(start, start + width * channels), row * width * channels);
  }
  return { data: cut, width, height, channels };
}

/**
 * Resamples with Keys' cubic kernel (a = −1/2), widened for shrinking so that nothing aliases. This is what Pillow
 * calls BICUBIC, which the recipes of published networks assume: on images the mean difference to Pillow is below
 * one grey level.
 *
 * Runs in sharp's thread pool.
 */
export async function resample(image: RawPixels, width: number, height: number): Promise<RawPixels> {
  let result = image;
  const smallerWidth = Math.min(width, image.width);
  const smallerHeight = Math.min(height, image.height);
  if (smallerWidth < image.width || smallerHeight < image.height) {
    const data = await input(image)
      .resize(smallerWidth, smallerHeight, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer();
    result = { data, width: smallerWidth, height: smallerHeight, channels: image.channels };
  }
  return smallerWidth < width || smallerHeight < height ? enlarge(result, width, height) : result;
}
