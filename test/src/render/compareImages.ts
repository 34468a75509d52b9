import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import sharp from 'sharp';
import type { Pixels } from '../../../src/heatmaps/types.js';

async function rgb(bytes: Uint8Array): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Halved until differences of single pixels, as another version of a rasteriser makes them, no longer count. */
async function blurred(bytes: Uint8Array): Promise<Uint8Array> {
  return sharp(bytes).blur(1.2).png().toBuffer();
}

/**
 * Compares an image with the one in `golden/` as an eye would: on average less than one grey level apart, and hardly
 * any place more than 24. Run with `UPDATE_GOLDEN=1` after a change that is meant, and look at the new image.
 */
export async function expectLikeGolden(name: string, pixels: Pixels): Promise<void> {
  const path = fileURLToPath(new URL(`./golden/${name}.png`, import.meta.url));
  const { data, width, height } = pixels;
  const png = await sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toBuffer();
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, png);
  }
  expect(existsSync(path), `${path} exists`).to.equal(true);
  const wanted = await rgb(await blurred(readFileSync(path)));
  const got = await rgb(await blurred(png));
  expect([got.width, got.height]).to.deep.equal([wanted.width, wanted.height]);
  let sum = 0;
  let far = 0;
  wanted.data.forEach((byte, i) => {
    const difference = Math.abs(byte - got.data[i]);
    sum += difference;
    far += difference > 24 ? 1 : 0;
  });
  expect(sum / wanted.data.length, 'mean difference in grey levels').to.be.below(1);
  expect(far / wanted.data.length, 'share of places that differ visibly').to.be.below(0.002);
}
