import { expect } from 'chai';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** Small and blurred, so that differences of single pixels, as another rasteriser makes them, no longer count. */
async function seenFromAfar(picture: string | Uint8Array): Promise<Buffer> {
  return sharp(picture).removeAlpha().resize(240, 160, { fit: 'fill' }).blur(1.2).raw().toBuffer();
}

/**
 * Compares a picture with the approved one of that name as an eye would. After a change that
 * is meant, delete the approved one, run with `UPDATE_GOLDEN=1`, and look at the new one: the first backend draws it,
 * the others must agree.
 */
export async function expectLikeApproved(name: string, png: Uint8Array): Promise<void> {
  const path = fileURLToPath(new URL(`./approved/${name}.jpg`, import.meta.url));
  if (process.env.UPDATE_GOLDEN && !existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await sharp(png).resize(720).jpeg({ quality: 88 }).toBuffer());
  }
  expect(existsSync(path), `${path} exists`).to.equal(true);
  const [wanted, got] = await Promise.all([seenFromAfar(path), seenFromAfar(png)]);
  let sum = 0;
  let far = 0;
  wanted.forEach((byte, i) => {
    const difference = Math.abs(byte - got[i]);
    sum += difference;
    far += difference > 40 ? 1 : 0;
  });
  expect(sum / wanted.length, 'mean difference in grey levels').to.be.below(2);
  expect(far / wanted.length, 'share of places that differ visibly').to.be.below(0.005);
}
