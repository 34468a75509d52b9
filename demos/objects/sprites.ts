import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Box } from '../../src/index.js';
import type { Panorama } from './panorama.js';

const images = fileURLToPath(new URL('./images/', import.meta.url));

/** RGBA bytes of a thing cut out to its visible pixels. */
export interface Sprite {
  data: Buffer;
  width: number;
  height: number;
}

export async function readRoom(name: string): Promise<Panorama> {
  const { data, info } = await sharp(`${images}rooms/${name}.jpg`)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** From this opacity on a pixel belongs to the thing. */
const visible = 128;

/** The smallest rectangle that holds all visible pixels. */
function visibleBox({ data, width, height }: Sprite): Box {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * 4 + 3] >= visible) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = y;
      }
    }
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** How a thing lies in an image. */
export interface SpriteForm {
  /** degrees, clockwise */
  angle: number;
  /** Default false */
  mirrored?: boolean;
  /** of its visible part, pixels */
  longSide: number;
  /** what its colours are multiplied by. Default 1 */
  light?: number;
}

const files = new Map<string, Promise<Buffer>>();

/**
 * A thing as it shall lie in an image.
 */
export async function makeSprite(
  code: string,
  { angle, mirrored = false, longSide, light = 1 }: SpriteForm,
): Promise<Sprite> {
  const path = `${images}emoji/${code}.webp`;
  const file = files.get(path) ?? readFile(path);
  files.set(path, file);
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const turned = await sharp(await file)
    .ensureAlpha()
    .flop(mirrored)
    .rotate(angle, { background: clear })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const whole = { data: turned.data, width: turned.info.width, height: turned.info.height };
  const box = visibleBox(whole);
  const scale = longSide / Math.max(box.width, box.height);
  const cut = sharp(whole.data, { raw: { width: whole.width, height: whole.height, channels: 4 } })
    .extract({ left: box.x, top: box.y, width: box.width, height: box.height })
    .resize(Math.max(1, Math.round(box.width * scale)), Math.max(1, Math.round(box.height * scale)), { fit: 'fill' });
  const lit = light === 1 ? cut : cut.linear([light, light, light, 1], [0, 0, 0, 0]);
  const { data, info } = await lit.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The exact box of what is seen of a thing that lies at a place of an image. */
export function boxAt(sprite: Sprite, left: number, top: number): Box {
  const box = visibleBox(sprite);
  return { ...box, x: box.x + left, y: box.y + top };
}
