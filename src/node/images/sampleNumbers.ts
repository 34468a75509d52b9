import sharp from 'sharp';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';
import type { Notice } from '../notice.js';
import { statedWhite } from './statedWhite.js';

const numbersThatAreRead =
  'an image of 8 or 16 bits a channel, of whole numbers from 0 to 65535, or of numbers from 0 to 1';

function refuseNumbers(path: string, received: string): WeldonError {
  return expectedInWords(path, numbersThatAreRead, `${received}: scale them, or save it with 8 bits a channel`);
}

function fromTo(low: number, high: number): string {
  return `numbers from ${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))}`;
}

/**
 * The number that stands for white among whole numbers of 16 bits or more: detectors and X-ray apparatus write 12 of 16 bits
 * (or 8), which would come out nearly black.
 */
function whiteOf(highest: number): number {
  return highest <= 255 ? 255 : highest <= 4095 ? 4095 : 65535;
}

/**
 * White of 16 bits: what the file says, if its numbers keep to that; otherwise a guess, which is told where it is not all
 * of the range, as a photograph that is nearly black would be made light by it.
 */
function whiteOf16(path: string, bytes: Uint8Array, highest: number, notice: Notice): number {
  const stated = statedWhite(bytes);
  if (stated !== null && highest <= stated) {
    return stated;
  }
  const white = stated === null ? whiteOf(highest) : 65535;
  if (white < 65535) {
    notice(
      `${path} has 16 bits a channel and no number above ${white}, which is taken for white; if it is a dark image, ` +
        'save it with 8 bits',
    );
  }
  return white;
}

/** Numbers of 32 bits, which libvips would cut at 255, as bytes. */
async function scaled(path: string, whole: boolean, decoder: Sharp): Promise<Sharp> {
  const { data, info } = await decoder.raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw refuseNumbers(path, 'pixels that are no numbers');
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low < 0 || high > (whole ? 65535 : 1)) {
    throw refuseNumbers(path, fromTo(low, high));
  }
  const factor = 255 / (whole ? whiteOf(high) : 1);
  const { width, height, channels } = info;
  return sharp(
    Uint8Array.from(values, (value) => Math.round(value * factor)),
    { raw: { width, height, channels }, limitInputPixels: false },
  );
}

/**
 * Opens an image so that its numbers, whatever they are, come out as 8 bits: 16 bits by the colour profile, of which libvips
 * alone would take colours for those of Display P3 and grey as it is; 12 of 16 bits, and 32 bits, by the white that they
 * have.
 *
 * @throws WeldonError for numbers of which nobody can say what is white: negative ones, floats outside 0 … 1
 */
export async function openInEightBits(
  path: string,
  bytes: Buffer,
  options: SharpOptions,
  { depth, space, format, hasProfile, hasAlpha }: Metadata,
  notice: Notice,
): Promise<Sharp> {
  const plain = sharp(bytes, options);
  const extremes = async () => {
    const { channels } = await sharp(bytes, options).stats();
    const colors = hasAlpha ? channels.slice(0, -1) : channels;
    return [Math.min(...colors.map(({ min }) => min)), Math.max(...colors.map(({ max }) => max))];
  };
  if (depth === 'uchar') {
    return plain;
  }
  const inSrgb = () =>
    hasProfile && space !== 'cmyk' && depth === 'ushort'
      ? plain.pipelineColourspace(space === 'grey16' ? 'b-w' : 'srgb')
      : plain;
  if (depth === 'ushort' && format !== 'tiff' && format !== 'png') {
    return inSrgb(); // AVIF, whose decoder scales 10 and 12 bits itself
  }
  if (depth === 'ushort' || depth === 'short' || depth === 'char') {
    const [low, high] = await extremes();
    if (low < 0) {
      throw refuseNumbers(path, fromTo(low, high));
    }
    const white = depth === 'char' || hasAlpha ? whiteOf(high) : whiteOf16(path, bytes, high, notice);
    if (depth !== 'char' && white < 65535 && !hasAlpha) {
      return sharp(bytes, { ...options, ignoreIcc: true }).linear(65535 / white, 0);
    }
    return inSrgb();
  }
  if (space === 'scrgb') {
    const [low, high] = await extremes(); // as whole numbers
    if (low < 0 || high > 1) {
      throw refuseNumbers(path, low < -2e9 ? 'pixels that are no numbers' : fromTo(low, high));
    }
    return plain; // light in linear numbers, as editors save it; libvips knows its curve
  }
  if (depth === 'int' || depth === 'uint' || depth === 'float' || depth === 'double') {
    return scaled(path, depth === 'int' || depth === 'uint', plain);
  }
  throw refuseNumbers(path, `numbers of the kind ${depth}`);
}
