import { checkKeys, expected } from '../../errors.js';

/** What is done to one example in one epoch. */
export interface Variant {
  /** `null`: what the recipe's resize rule shows. See `cropBox`. */
  crop: { area: number; aspect: number; x: number; y: number } | null;
  /** pixels of the network's input that the image is moved right and down, mirrored at its edges; `null`: none */
  shift: { x: number; y: number } | null;
  flip: boolean;
  /** degrees, clockwise */
  rotation: number;
  /** factors; `null` where all are 1 */
  color: { brightness: number; contrast: number; saturation: number } | null;
}

export const plainVariant: Variant = { crop: null, shift: null, flip: false, rotation: 0, color: null };

/** A variant in words, for the key of a feature cache: two variants have the same words where they are the same. */
export function variantWords({ crop, shift, flip, rotation, color }: Variant): string {
  return [
    crop && `crop ${crop.area} ${crop.aspect} ${crop.x} ${crop.y}`,
    shift && `shift ${shift.x} ${shift.y}`,
    rotation !== 0 && `rotate ${rotation}`,
    flip && 'flip',
    color && `color ${color.brightness} ${color.contrast} ${color.saturation}`,
  ]
    .filter((words) => typeof words === 'string')
    .join(', ');
}

/**
 * How images are changed while training. What is sampled depends on (seed, epoch, example) alone; see
 * `sampleAugmentation`. Left out is not done.
 */
export interface Augmentation {
  /**
   * Random resized crop: a part of the image, sampled by area and aspect ratio, becomes the network's whole input.
   * `minArea`, 0 < area <= 1, is the smallest part of the image's area, default 0.35; `maxAspect`, >= 1, how far the
   * part's aspect ratio may be from the image's, either way, default 4/3.
   */
  crop?: { minArea?: number; maxAspect?: number };
  /**
   * Pad and crop, as small images are trained with: pixels, a whole number >= 1, by which the network's input is padded on
   * every side with its own mirror image (which does not repeat the edge) before a part of its size is cut out. Default: none.
   */
  padCrop?: number;
  /** Mirrors left and right. Of each two epochs, every example is mirrored in one. */
  flip?: boolean;
  /** Factors sampled from [1 − x, 1 + x], 0 <= x < 1; default 0, the factor 1. */
  color?: { brightness?: number; contrast?: number; saturation?: number };
  /** Degrees; the angle is sampled from [−rotation, rotation]. Corners show the image mirrored at its edge. */
  rotation?: number;
  /** Sides of the network's input in pixels, one of which is sampled for each batch. */
  sizes?: readonly number[];
}

/** The same with defaults filled in and every number checked. */
export interface ResolvedAugmentation {
  crop: { minArea: number; maxAspect: number } | null;
  /** 0 for none */
  padCrop: number;
  flip: boolean;
  color: { brightness: number; contrast: number; saturation: number };
  rotation: number;
  sizes: readonly number[];
}

function inRange(name: string, value: number, rule: string, fits: boolean): number {
  if (!fits) {
    throw expected(`${name} for augmentation`, rule, value);
  }
  return value;
}

/** @throws WeldonError for a number out of its range */
export function resolveAugmentation(augmentation: Augmentation): ResolvedAugmentation {
  checkKeys(augmentation, 'crop padCrop flip color rotation sizes', 'augmentation');
  const { crop, padCrop, flip = false, color = {}, rotation = 0, sizes = [] } = augmentation;
  checkKeys(crop ?? {}, 'minArea maxAspect', 'crop of augmentation');
  checkKeys(color, 'brightness contrast saturation', 'color of augmentation');
  const part = (name: string, value = 0) => inRange(name, value, 'a number with 0 <= x < 1', value >= 0 && value < 1);
  const area = (value: number) => inRange('minArea', value, 'a number with 0 < area <= 1', value > 0 && value <= 1);
  const aspect = (value: number) => inRange('maxAspect', value, 'a number >= 1', value >= 1 && Number.isFinite(value));
  return {
    crop:
      crop === undefined ? null : { minArea: area(crop.minArea ?? 0.35), maxAspect: aspect(crop.maxAspect ?? 4 / 3) },
    padCrop:
      padCrop === undefined
        ? 0
        : inRange('padCrop', padCrop, 'a whole number of pixels >= 1', Number.isInteger(padCrop) && padCrop >= 1),
    flip,
    color: {
      brightness: part('brightness', color.brightness),
      contrast: part('contrast', color.contrast),
      saturation: part('saturation', color.saturation),
    },
    rotation: inRange('rotation', rotation, 'an angle from 0 to 180 degrees', rotation >= 0 && rotation <= 180),
    sizes: sizes.map((size) =>
      inRange('sizes', size, 'whole numbers of pixels >= 1', Number.isInteger(size) && size >= 1),
    ),
  };
}
