/**
 * Makes the folder `images` again: views cut from panoramas of npm `@pmndrs/assets`, decoded by `three`, which nothing else
 * needs:
 *
 *   npm install --no-save @pmndrs/assets@1.7.0 three@0.187.0
 *   npx tsx demos/travel/prepareImages.ts
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { readPanorama, viewOf } from '../objects/panorama.js';
import { kinds, viewsPerPanorama } from './agency.js';

const target = fileURLToPath(new URL('./images/', import.meta.url));
const side = 256;

await mkdir(target, { recursive: true });
for (const name of Object.values(kinds).flat()) {
  const panorama = await readPanorama(name);
  for (let i = 0; i < viewsPerPanorama; i++) {
    const view = { yaw: (360 / viewsPerPanorama) * i, pitch: 4, fieldOfView: 80 };
    await sharp(viewOf(panorama, view, side), { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 85 })
      .toFile(join(target, `${name}-${i + 1}.jpg`));
  }
}
