/**
 * Makes the folder `images` again, out of two npm packages that nothing else needs, so they are no dependencies:
 *
 *   npm install --no-save @lobehub/fluent-emoji-3d@1.1.0 @pmndrs/assets@1.7.0 three@0.187.0
 *   npx tsx demos/objects/prepareImages.ts
 *
 * Emoji are copied as they are; panoramas are exposed by `readPanorama`.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { allObjects, distractors, rooms } from './objectKinds.js';
import { readPanorama } from './panorama.js';

const require = createRequire(import.meta.url);
const target = fileURLToPath(new URL('./images/', import.meta.url));

async function main(): Promise<void> {
  const emoji = join(dirname(require.resolve('@lobehub/fluent-emoji-3d/package.json')), 'assets');
  await mkdir(join(target, 'emoji'), { recursive: true });
  for (const code of [...(await allObjects()).map((object) => object.code), ...distractors]) {
    await copyFile(join(emoji, `${code}.webp`), join(target, 'emoji', `${code}.webp`));
  }
  await mkdir(join(target, 'rooms'), { recursive: true });
  for (const room of rooms) {
    const { data, width, height } = await readPanorama(room);
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
      .toBuffer();
    await writeFile(join(target, 'rooms', `${room}.jpg`), jpeg);
  }
}

await main();
