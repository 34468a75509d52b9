/** What a bake costs beside the embedding, and what baking again costs. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { indexImages } from '../src/commands/index/indexImages.js';
import { inParallel } from '../src/node/images/readImages.js';
import type { FrozenEngine } from '../src/node/runtime/frozenEngine.js';
import type { FrozenPass } from '../src/models/frozenPass.js';
import { embedPaths } from './searchData.js';
import type { Picture } from './searchData.js';

type Tell = (row: string, what: string, measured: number, least?: number, most?: number) => void;

/** Seconds of something. */
async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return (performance.now() - begun) / 1000;
}

/** Bakes the images of a folder, the bare embedding of the same before and after; then again with one in a hundred changed. */
export async function bakeRows(
  pass: FrozenPass,
  engine: FrozenEngine,
  source: string,
  pictures: readonly Picture[],
  tell: Tell,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weldon-bench-'));
  try {
    const images = join(folder, 'images');
    await cp(source, images, { recursive: true });
    const paths = pictures.map(({ id }) => join(images, id));
    const shards = Array.from({ length: Math.ceil(paths.length / 8) }, (_, i) => paths.slice(8 * i, 8 * i + 8));
    const bare = () =>
      secondsOf(() =>
        inParallel(
          shards,
          (shard) => embedPaths(pass, shard, { pooling: 'gap', size: 224, crops: 0 }),
          (pass.lanes ?? 1) + 1,
        ),
      );
    const bake = (out: string) => indexImages([images], { out: join(folder, out), engine });
    const before = await bare();
    const first = await secondsOf(() => bake('catalogue'));
    const after = await bare();
    const row = `a bake of ${paths.length} images`;
    tell(row, 'images a second', paths.length / first);
    tell(row, 'images a second over those of bare embedding', (before + after) / 2 / first, 0.8);
    const changed = paths.filter((_, i) => i % 100 === 0);
    for (const path of changed) {
      const bytes = await sharp(path).flip().jpeg({ quality: 90 }).toBuffer();
      await writeFile(path, bytes);
    }
    let embedded = 0;
    const again = await secondsOf(async () => ({ embedded } = await bake('catalogue')));
    tell(row, 'again with one in a hundred changed: embedded', embedded, changed.length, changed.length);
    tell(row, 'again: seconds', again, undefined, 0.05 * first + 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
