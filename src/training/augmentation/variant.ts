/** What is done to one example in one epoch. */
export interface Variant {
  /** `null`: what the recipe's resize rule shows. See `cropBox`. */
  crop: { area: number; aspect: number; x: number; y: number } | null;
  flip: boolean;
  /** degrees, clockwise */
  rotation: number;
  /** factors; `null` where all are 1 */
  color: { brightness: number; contrast: number; saturation: number } | null;
}

export const plainVariant: Variant = { crop: null, flip: false, rotation: 0, color: null };

/** A variant in words, for the key of a feature cache: two variants have the same words where they are the same. */
export function variantWords({ crop, flip, rotation, color }: Variant): string {
  return [
    crop && `crop ${crop.area} ${crop.aspect} ${crop.x} ${crop.y}`,
    rotation !== 0 && `rotate ${rotation}`,
    flip && 'flip',
    color && `color ${color.brightness} ${color.contrast} ${color.saturation}`,
  ]
    .filter((words) => typeof words === 'string')
    .join(', ');
}
