import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { indexImages } from '../../../../src/commands/index/indexImages.js';
import { findDuplicates } from '../../../../src/commands/search/findDuplicates.js';
import { searchCatalogue } from '../../../../src/commands/search/searchCatalogue.js';
import { startRuntime } from '../../../../src/node/runtime/startRuntime.js';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import { normalDraws } from '../../../../src/random.js';
import { writeTinyModel } from '../tinyModel.js';

const photos = fileURLToPath(new URL('../../../../demos/photos/', import.meta.url));

function noise(seed: number, width: number, height: number, channels: 3 | 4 = 3) {
  const bytes = Uint8Array.from(normalDraws(width * height * channels, 50, seed), (value) =>
    Math.min(255, Math.max(0, 128 + value)),
  );
  return sharp(bytes, { raw: { width, height, channels } });
}

describe('catalogues of odd images', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weldon-odd-'));
    await writeTinyModel(join(folder, 'model'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const bake = (images: string, out: string) =>
    indexImages([images], { out, model: join(folder, 'model'), size: 64, notice: () => undefined });

  it('feature: animated, CMYK, 16-bit, turned by EXIF, of one pixel: each is found again; a huge one is refused', async () => {
    const images = join(folder, 'odd');
    await Promise.all(['a', 'b'].map((name) => mkdir(join(images, name), { recursive: true })));
    const frames = await Promise.all([1, 2].map((seed) => noise(seed, 40, 30).png().toBuffer()));
    await sharp(frames, { join: { animated: true } })
      .gif()
      .toFile(join(images, 'animated.gif'));
    await noise(3, 40, 30).toColourspace('cmyk').jpeg().toFile(join(images, 'cmyk.jpg'));
    await noise(4, 40, 30).toColourspace('rgb16').png().toFile(join(images, 'deep.png'));
    await noise(5, 40, 20).withMetadata({ orientation: 6 }).jpeg().toFile(join(images, 'turned.jpg'));
    await noise(6, 1, 1).png().toFile(join(images, 'pixel.png'));
    await noise(7, 40, 30, 4).png().toFile(join(images, 'clear.png'));
    // equal names, and equal contents
    await noise(8, 40, 30)
      .png()
      .toFile(join(images, 'a', 'same.png'));
    await noise(9, 40, 30)
      .png()
      .toFile(join(images, 'b', 'same.png'));
    await cp(join(images, 'a', 'same.png'), join(images, 'b', 'copy.png'));
    // Says that it is of 400 megapixels: it is not unpacked to find out.
    const huge = await noise(10, 40, 30).jpeg().toBuffer();
    const size = huge.indexOf(Buffer.from([0xff, 0xc0])) + 5;
    huge.writeUInt16BE(20_000, size);
    huge.writeUInt16BE(20_000, size + 2);
    await writeFile(join(images, 'huge.jpg'), huge);
    const out = join(folder, 'odd catalogue');
    const { items, refused } = await bake(images, out);
    expect(items).to.equal(9);
    expect(refused.map(({ path }) => path)).to.deep.equal([join(images, 'huge.jpg')]);
    expect(refused[0].reason).to.match(/megapixels/);
    const store = await openStore(out);
    const [turned] = await store.get(['turned.jpg']);
    await store.close();
    expect([turned!.meta.width, turned!.meta.height]).to.deep.equal([20, 40]);
    for (const id of ['animated.gif', 'cmyk.jpg', 'deep.png', 'turned.jpg', 'clear.png', 'b/same.png']) {
      const { hits } = await searchCatalogue({ catalogue: out, image: join(images, id), windows: 0 });
      expect(hits[0].id).to.equal(id);
    }
    const { groups } = await findDuplicates({ catalogue: out });
    expect(groups[0]).to.deep.equal({ kind: 'identical', ids: ['a/same.png', 'b/copy.png'], similarity: 1 });
  });

  it('feature: copies that were encoded anew or made smaller are found, by the thresholds that are stated', async () => {
    const images = join(folder, 'copies');
    await cp(photos, images, { recursive: true, filter: (path) => !path.endsWith('.md') });
    const [cat, coffee] = ['cat.jpg', 'coffee.jpg'].map((name) => sharp(join(photos, name)));
    await cat.clone().jpeg({ quality: 50 }).toFile(join(images, 'cat 50.jpg'));
    const { width } = await coffee.metadata();
    await coffee
      .clone()
      .resize(Math.round(width * 0.6))
      .png()
      .toFile(join(images, 'coffee small.png'));
    const out = join(folder, 'copies catalogue');
    const { engine } = await startRuntime({ backend: 'auto' });
    await indexImages([images], { out, engine, notice: () => undefined });
    const { groups, thresholds } = await findDuplicates({ catalogue: out });
    const same = groups.filter(({ kind }) => kind === 'same');
    expect(same.map(({ ids }) => ids.sort()).sort()).to.deep.equal([
      ['cat 50.jpg', 'cat.jpg'],
      ['coffee small.png', 'coffee.jpg'],
    ]);
    same.forEach(({ similarity }) => expect(similarity).to.be.at.least(thresholds.same));
  });

  it('exception: a disk that is full ends the bake with a sentence, and what was stored stays readable', async function () {
    if (process.platform === 'win32') {
      this.skip();
    }
    const images = join(folder, 'many');
    await mkdir(images);
    await Promise.all(
      Array.from({ length: 70 }, (_, i) =>
        noise(i, 16, 16)
          .png()
          .toFile(join(images, `${i}.png`)),
      ),
    );
    const out = join(folder, 'full catalogue');
    await bake(images, out);
    await Promise.all(
      Array.from({ length: 70 }, (_, i) =>
        noise(100 + i, 16, 16)
          .png()
          .toFile(join(images, `n${i}.png`)),
      ),
    );
    const child = fileURLToPath(new URL('../index/bakingProcess.ts', import.meta.url));
    const args = [images, out, join(folder, 'model')].map((arg) => `'${arg}'`).join(' ');
    const command = `ulimit -f 1; trap '' XFSZ; exec '${process.execPath}' --import tsx '${child}' ${args}`;
    const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(status).to.not.equal(0);
    expect(stderr).to.match(/Expected .*full catalogue.* to be written but received|File too large|full disk/);
    const store = await openStore(out);
    expect(await store.count()).to.be.at.least(70);
    await store.close();
    expect((await bake(images, out)).items).to.equal(140);
    expect((await readdir(out)).filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it('exception: a file in the place of the catalogue', async () => {
    const out = join(folder, 'a file');
    await writeFile(out, 'mine');
    const message = await bake(photos, out).then(
      () => 'baked',
      (error: Error) => error.message,
    );
    expect(message).to.match(/Expected .*a file.* received/);
  });
});
