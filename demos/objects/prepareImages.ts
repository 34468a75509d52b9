/**
 * Makes the folder `images` again, out of two npm packages that nothing else needs, so they are no dependencies:
 *
 *   npm install --no-save @lobehub/fluent-emoji-3d@1.1.0 @pmndrs/assets@1.7.0 three@0.187.0
 *   npx tsx demos/objects/prepareImages.ts
 *
 * Emoji are copied as they are. Panoramas are EXR files with a range of light that no image has: each is exposed so that
 * its median becomes a middle grey, and bright light is compressed (Reinhard's curve).
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { allObjects, distractors, rooms } from './objectKinds.js';

interface ExrImage {
  width: number;
  height: number;
  /** linear light, rows from the bottom up */
  data: Float32Array;
}

const require = createRequire(import.meta.url);
const target = fileURLToPath(new URL('./images/', import.meta.url));

async function decodeExr(dataUri: string): Promise<ExrImage> {
  const [loaders, three] = ['three/examples/jsm/loaders/EXRLoader.js', 'three'];
  const { EXRLoader } = await import(loaders);
  const { FloatType } = await import(three);
  const bytes = Buffer.from(dataUri.slice(dataUri.indexOf(',') + 1), 'base64');
  return new EXRLoader()
    .setDataType(FloatType)
    .parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) as ExrImage;
}

/**
 * Compression leaves light below zero around what is very bright: such a value takes the largest one within two pixels.
 */
function withoutUndershoot({ width, height, data }: ExrImage): ExrImage {
  const channels = data.length / (width * height);
  const mended = data.map((value, i) => {
    if (value >= 0) {
      return value;
    }
    const [pixel, c] = [Math.floor(i / channels), i % channels];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    let largest = 0;
    for (let row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row++) {
      for (let column = x - 2; column <= x + 2; column++) {
        largest = Math.max(largest, data[(row * width + ((column + width) % width)) * channels + c]);
      }
    }
    return largest;
  });
  return { width, height, data: mended };
}

function expose({ width, height, data }: ExrImage): Buffer {
  const channels = data.length / (width * height);
  const light = Array.from(
    { length: width * height },
    (_, i) => 0.2126 * data[i * channels] + 0.7152 * data[i * channels + 1] + 0.0722 * data[i * channels + 2],
  ).sort((a, b) => a - b);
  const exposure = 0.25 / Math.max(1e-4, light[light.length >> 1]);
  const white = 16;
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const value = Math.max(0, data[((height - 1 - y) * width + x) * channels + c] * exposure);
        const shown = (value * (1 + value / white)) / (1 + value);
        pixels[(y * width + x) * 3 + c] = Math.round(255 * Math.min(1, shown) ** (1 / 2.2));
      }
    }
  }
  return pixels;
}

async function main(): Promise<void> {
  const emoji = join(dirname(require.resolve('@lobehub/fluent-emoji-3d/package.json')), 'assets');
  await mkdir(join(target, 'emoji'), { recursive: true });
  for (const code of [...(await allObjects()).map((object) => object.code), ...distractors]) {
    await copyFile(join(emoji, `${code}.webp`), join(target, 'emoji', `${code}.webp`));
  }
  await mkdir(join(target, 'rooms'), { recursive: true });
  for (const room of rooms) {
    const path = `@pmndrs/assets/hdri/${room}.exr.js`;
    const { default: uri } = (await import(path)) as { default: string };
    const image = await decodeExr(uri);
    const jpeg = await sharp(expose(withoutUndershoot(image)), {
      raw: { width: image.width, height: image.height, channels: 3 },
    })
      .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
      .toBuffer();
    await writeFile(join(target, 'rooms', `${room}.jpg`), jpeg);
  }
}

await main();
