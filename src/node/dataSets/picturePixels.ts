import sharp from 'sharp';
import { planResize } from '../../models/resizeMapping.js';
import type { Box } from '../../models/resizeMapping.js';
import type { ResizeRule } from '../../models/recipe.js';
import { cropBox } from '../../training/augmentation/index.js';
import type { Variant } from '../../training/augmentation/index.js';
import { resizeForModel } from '../images/index.js';
import type { DecodedImage } from '../images/index.js';
import { resample } from '../images/resample.js';

/** RGB bytes, row-major. */
export interface RgbPixels {
  pixels: Uint8Array;
  width: number;
  height: number;
}

function cut({ pixels, width }: RgbPixels, box: Box): RgbPixels {
  const part = new Uint8Array(box.width * box.height * 3);
  for (let row = 0; row < box.height; row++) {
    const start = ((row + box.y) * width + box.x) * 3;
    part.set(pixels.subarray(start, start + box.width * 3), row * box.width * 3);
  }
  return { pixels: part, width: box.width, height: box.height };
}

async function resized({ pixels, width, height }: RgbPixels, toWidth: number, toHeight: number): Promise<RgbPixels> {
  const { data } = await resample({ data: pixels, width, height, channels: 3 }, toWidth, toHeight);
  return { pixels: data as Uint8Array, width: toWidth, height: toHeight };
}

function raw({ pixels, width, height }: RgbPixels) {
  return sharp(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), { raw: { width, height, channels: 3 } });
}

/** What one axis of a turned window needs: the part of the photo that is there, and how much is missing on either side. */
function reach(from: number, extent: number, photo: number, outside: number): { start: number; end: number; before: number; after: number } {
  const start = Math.floor(from - outside);
  const end = Math.ceil(from + extent + outside);
  return { start: Math.max(0, start), end: Math.min(photo, end), before: Math.max(0, -start), after: Math.max(0, end - photo) };
}

/**
 * A window of a photo, turned about its centre, at `width` × `height` pixels. What lies outside of the photo is the photo
 * mirrored at its edge.
 */
async function turned(photo: RgbPixels, box: Box, width: number, height: number, degrees: number): Promise<RgbPixels> {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const [scaleX, scaleY] = [width / box.width, height / box.height];
  // Corners of the window reach this far beyond it, in pixels of the result; some more for the interpolation.
  const outsideX = Math.max(0, (width * cos + height * sin - width) / 2) + 3;
  const outsideY = Math.max(0, (width * sin + height * cos - height) / 2) + 3;
  const x = reach(box.x, box.width, photo.width, outsideX / scaleX);
  const y = reach(box.y, box.height, photo.height, outsideY / scaleY);
  const there = cut(photo, { x: x.start, y: y.start, width: x.end - x.start, height: y.end - y.start });
  const whole = await resized(there, Math.max(1, Math.round(there.width * scaleX)), Math.max(1, Math.round(there.height * scaleY)));
  const { data: padded, info: paddedInfo } = await raw(whole).extend({
    left: Math.round(x.before * scaleX), right: Math.round(x.after * scaleX),
    top: Math.round(y.before * scaleY), bottom: Math.round(y.after * scaleY), extendWith: 'mirror',
  }).raw().toBuffer({ resolveWithObject: true });
  const { data, info } = await raw({ pixels: padded, width: paddedInfo.width, height: paddedInfo.height })
    .affine([[Math.cos(angle), -Math.sin(angle)], [Math.sin(angle), Math.cos(angle)]], { interpolator: 'bicubic' })
    .raw().toBuffer({ resolveWithObject: true });
  return cut({ pixels: data, width: info.width, height: info.height },
    { x: Math.floor((info.width - width) / 2), y: Math.floor((info.height - height) / 2), width, height });
}

/**
 * The network's pixels of a photo, in place, size and angle as the recipe's resize rule and a variant say; a variant's
 * flip and colours are left to `scalePixels`.
 *
 * @throws WeldonError as `resizeForModel`
 */
export async function picturePixels(image: DecodedImage, rule: ResizeRule, { crop, rotation }: Variant): Promise<RgbPixels> {
  if (crop === null && rotation === 0) {
    return resizeForModel(image, rule);
  }
  const { width: photoWidth, height: photoHeight } = image;
  let box: Box;
  let [width, height] = [rule.size, rule.size];
  if (crop === null) {
    const plan = planResize(photoWidth, photoHeight, rule);
    const { scaleX, scaleY, offsetX, offsetY } = plan.toPhoto;
    [width, height] = [plan.width, plan.height];
    box = { x: offsetX, y: offsetY, width: width * scaleX, height: height * scaleY };
  } else {
    box = cropBox(crop, photoWidth, photoHeight);
  }
  return rotation === 0 ? resized(cut(image, box), width, height) : turned(image, box, width, height, rotation);
}
