import { mixSeeds, randomBits } from '../../random.js';
import type { ResolvedAugmentation, Variant } from './augmentation.js';
import type { Box } from '../../models/resizeMapping.js';

/**
 * A sampled crop in whole pixels of an image: `area` of the image's, sides in the image's proportion times `aspect`,
 * at the place `x`, `y` between the leftmost (uppermost) possible, 0, and the rightmost, 1. Where the sampled aspect would
 * reach beyond the image, the box ends at its edge.
 */
export function cropBox({ area, aspect, x, y }: NonNullable<Variant['crop']>, width: number, height: number): Box {
  const side = (extent: number, stretch: number) =>
    Math.min(extent, Math.max(1, Math.round(extent * Math.sqrt(area * stretch))));
  const boxWidth = side(width, aspect);
  const boxHeight = side(height, 1 / aspect);
  return {
    x: Math.round(x * (width - boxWidth)),
    y: Math.round(y * (height - boxHeight)),
    width: boxWidth,
    height: boxHeight,
  };
}

/** What decides a sample. */
export interface DrawPosition {
  seed: number;
  epoch: number;
  /** number of the example in the data set, not in the epoch's order */
  example: number;
}

/** Five digits are finer than any pixel, and keep the names of variants short. */
const rounded = (value: number) => Number(value.toFixed(5));

/**
 * What is sampled for one example in one epoch: the same whatever else is sampled, in whatever order, on whatever machine.
 * Each part has its own numbers, so that switching one on leaves the others as they were.
 *
 * @example
 * const options = resolveAugmentation({ flip: true, rotation: 10 });
 * sampleAugmentation(options, { seed: 0, epoch: 3, example: 17 }); // { flip: true, rotation: -4.1, … }
 */
export function sampleAugmentation(options: ResolvedAugmentation, { seed, epoch, example }: DrawPosition): Variant {
  const bits = randomBits(mixSeeds(seed, epoch, example));
  const [area, aspect, x, y, angle, brightness, contrast, saturation] = Array.from(
    { length: 8 },
    () => bits() / 2 ** 32,
  );
  const { crop, padCrop, flip, color, rotation } = options;
  const moved = (part: number) =>
    Math.floor((mixSeeds(seed, epoch, example, part) / 2 ** 32) * (2 * padCrop + 1)) - padCrop;
  const factor = (part: number, unit: number) => rounded(1 + part * (2 * unit - 1));
  const factors = {
    brightness: factor(color.brightness, brightness),
    contrast: factor(color.contrast, contrast),
    saturation: factor(color.saturation, saturation),
  };
  // Which of two epochs comes mirrored is sampled once for both.
  const pair = mixSeeds(seed, Math.floor(epoch / 2), example, 2) & 1;
  return {
    crop:
      crop === null
        ? null
        : {
            area: rounded(crop.minArea + (1 - crop.minArea) * area),
            aspect: rounded(crop.maxAspect ** (2 * aspect - 1)), // evenly on a logarithmic scale, as many wide as narrow
            x: rounded(x),
            y: rounded(y),
          },
    shift: padCrop === 0 ? null : { x: moved(4), y: moved(5) },
    flip: flip && (pair ^ (epoch & 1)) === 1,
    rotation: rounded(rotation * (2 * angle - 1)),
    color: Object.values(factors).every((value) => value === 1) ? null : factors,
  };
}

/** The side of a batch's images: one of `sizes`, or `usual` where there are none. */
export function sampleSize(
  sizes: readonly number[],
  usual: number,
  seed: number,
  epoch: number,
  batch: number,
): number {
  return sizes.length === 0 ? usual : sizes[Math.floor((mixSeeds(seed, epoch, batch, 3) / 2 ** 32) * sizes.length)];
}
