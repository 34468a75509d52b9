import { expected } from '../errors.js';

/**
 * Takes colour out of RGBA bytes in place, so that painted evidence is not mistaken for the photo's own reds and blues.
 *
 * @param saturation what stays of the colour, 0 (grey, by Rec. 601 luma) … 1 (untouched)
 * @throws WeldonError if saturation is out of range
 */
export function mutePhoto(bytes: Uint8Array | Uint8ClampedArray, saturation: number): void {
  if (!(saturation >= 0 && saturation <= 1)) {
    throw expected('saturation', 'a number from 0 to 1', saturation);
  }
  const kept = Math.round(256 * saturation);
  for (let at = 0; kept < 256 && at < bytes.length; at += 4) {
    const [red, green, blue] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const gray = (77 * red + 150 * green + 29 * blue + 128) >> 8;
    bytes[at] = gray + (((red - gray) * kept + 128) >> 8);
    bytes[at + 1] = gray + (((green - gray) * kept + 128) >> 8);
    bytes[at + 2] = gray + (((blue - gray) * kept + 128) >> 8);
  }
}
