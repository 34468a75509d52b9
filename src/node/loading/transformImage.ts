import sharp from 'sharp';
import { planResize } from '../../models/resizeMapping.js';
import type { Box } from '../../models/resizeMapping.js';
import type { ResizeRule } from '../../models/recipe.js';
import { cropBox } from '../../training/augmentation/sampleAugmentation.js';
import type { Variant } from '../../training/augmentation/augmentation.js';
import { resizeForModel } from '../images/readForModel.js';
import type { DecodedImage } from '../images/readImage.js';
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
  return sharp(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
    raw: { width, height, channels: 3 },
  });
}

/** One axis of a turned window: the part of the image that is there, and how much is missing on either side. */
interface Reach {
  start: number;
  end: number;
  before: number;
  after: number;
}

function reach(from: number, extent: number, image: number, outside: number): Reach {
  const start = Math.floor(from - outside);
  const end = Math.ceil(from + extent + outside);
  return {
    start: Math.max(0, start),
    end: Math.min(image, end),
    before: Math.max(0, -start),
    after: Math.max(0, end - image),
  };
}

/**
 * Turns an image clockwise and cuts `width` × `height` pixels about the place that was at `centre`, in continuous
 * coordinates (the middle of the first pixel is at 0.5).
 */
async function turnAbout(
  image: RgbPixels,
  centre: { x: number; y: number },
  degrees: number,
  { width, height }: { width: number; height: number },
): Promise<RgbPixels> {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const across = (x: number, y: number) => cos * x - sin * y;
  const down = (x: number, y: number) => sin * x + cos * y;
  // libvips maps numbers of pixels, not their edges, and its result begins at the least corner, rounded.
  const axis = (map: typeof across, size: number) => {
    const corners = [map(0, 0), map(image.width, 0), map(0, image.height), map(image.width, image.height)];
    const wanted = map(centre.x - 0.5, centre.y - 0.5) - (size - 1) / 2;
    return { offset: Math.round(wanted) - wanted, start: Math.round(wanted) - Math.round(Math.min(...corners)) };
  };
  const [x, y] = [axis(across, width), axis(down, height)];
  const { data, info } = await raw(image)
    .affine(
      [
        [cos, -sin],
        [sin, cos],
      ],
      { interpolator: 'bicubic', odx: x.offset, ody: y.offset },
    )
    .raw()
    .toBuffer({ resolveWithObject: true });
  return cut({ pixels: data, width: info.width, height: info.height }, { x: x.start, y: y.start, width, height });
}

/**
 * A window of an image, turned clockwise about its centre, at `width` × `height` pixels. What lies outside of the image is
 * the image mirrored at its edge.
 */
async function turned(image: RgbPixels, box: Box, width: number, height: number, degrees: number): Promise<RgbPixels> {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const [scaleX, scaleY] = [width / box.width, height / box.height];
  // Corners of the window reach this far beyond it, in pixels of the result; some more for the interpolation.
  const outsideX = Math.max(0, (width * cos + height * sin - width) / 2) + 4;
  const outsideY = Math.max(0, (width * sin + height * cos - height) / 2) + 4;
  const x = reach(box.x, box.width, image.width, outsideX / scaleX);
  const y = reach(box.y, box.height, image.height, outsideY / scaleY);
  const there = cut(image, { x: x.start, y: y.start, width: x.end - x.start, height: y.end - y.start });
  const whole = await resized(
    there,
    Math.max(1, Math.round(there.width * scaleX)),
    Math.max(1, Math.round(there.height * scaleY)),
  );
  const [left, top] = [Math.round(x.before * scaleX), Math.round(y.before * scaleY)];
  const { data, info } = await raw(whole)
    .extend({
      left,
      top,
      right: Math.round(x.after * scaleX),
      bottom: Math.round(y.after * scaleY),
      extendWith: 'mirror',
    })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const centre = {
    x: left + (box.x + box.width / 2 - x.start) * (whole.width / there.width),
    y: top + (box.y + box.height / 2 - y.start) * (whole.height / there.height),
  };
  const mirrored = { pixels: data, width: info.width, height: info.height };
  return turnAbout(mirrored, centre, degrees, { width, height });
}

/**
 * The network's pixels of an image, in place, size and angle as the recipe's resize rule and a variant say; a variant's
 * flip and colours are left to `scalePixels`.
 *
 * @throws WeldonError as `resizeForModel`
 */
export async function imagePixels(
  image: DecodedImage,
  rule: ResizeRule,
  { crop, rotation }: Variant,
): Promise<RgbPixels> {
  if (crop === null && rotation === 0) {
    return resizeForModel(image, rule);
  }
  const { width: imageWidth, height: imageHeight } = image;
  let box: Box;
  let [width, height] = [rule.size, rule.size];
  if (crop === null) {
    const plan = planResize(imageWidth, imageHeight, rule);
    const { scaleX, scaleY, offsetX, offsetY } = plan.toImage;
    [width, height] = [plan.width, plan.height];
    box = { x: offsetX, y: offsetY, width: width * scaleX, height: height * scaleY };
  } else {
    box = cropBox(crop, imageWidth, imageHeight);
  }
  return rotation === 0 ? resized(cut(image, box), width, height) : turned(image, box, width, height, rotation);
}
