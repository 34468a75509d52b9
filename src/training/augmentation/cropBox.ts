import type { Box } from '../../models/resizeMapping.js';
import type { Variant } from './variant.js';

/**
 * A drawn crop in whole pixels of a picture: `area` of the picture's, sides in the picture's proportion times `aspect`,
 * at the place `x`, `y` between the leftmost (uppermost) possible, 0, and the rightmost, 1. Where the drawn aspect would
 * reach beyond the picture, the box ends at its edge.
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
