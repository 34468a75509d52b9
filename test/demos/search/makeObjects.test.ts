import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { allObjects, distractors } from '../../../demos/objects/objectKinds.js';
import { makeObjects } from '../../../demos/search/makeObjects.js';
import { hashOfFolder, rejection, temporaryFolder } from '../../src/node/temporaryFolder.js';

async function linesOf(file: string): Promise<string[][]> {
  const [, ...lines] = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => line.split(','));
}

describe('objects to search for', () => {
  const folder = temporaryFolder();

  it('smoke: a catalogue, and queries with exact boxes; the same seed gives the same bytes, also after a stop', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => folder.path(name));
    expect(await makeObjects(a, { queries: 3 })).to.equal(true);
    expect(await makeObjects(a, { queries: 3 }), 'made already').to.equal(false);
    const stop = new AbortController();
    const onImage = (done: number) => done === 20 && stop.abort();
    expect(await rejection(makeObjects(b, { queries: 3, signal: stop.signal, onImage }))).to.match(
      /Stopped after 20 of/,
    );
    expect(existsSync(b)).to.equal(false);
    await makeObjects(b, { queries: 3 });
    await makeObjects(c, { queries: 3, seed: 1 });
    expect(await hashOfFolder(a)).to.equal(await hashOfFolder(b));
    expect(await hashOfFolder(a)).not.to.equal(await hashOfFolder(c));
    const items = await linesOf(join(a, 'items.csv'));
    expect(items.length).to.be.at.least(400);
    expect(new Set(items.map(([path]) => path)).size).to.equal(items.length);
    expect(items.every(([path]) => existsSync(join(a, path)))).to.equal(true);
    const truth = await linesOf(join(a, 'truth.csv'));
    expect(truth.map(([query]) => query).sort()).to.deep.equal(
      (await readdir(join(a, 'queries'))).map((name) => `queries/${name}`).sort(),
    );
    for (const [query, relevant, ...corners] of truth) {
      const [x0, y0, x1, y1] = corners.map(Number);
      const { width, format } = await sharp(join(a, query)).metadata();
      expect([width, format]).to.deep.equal([448, 'jpeg']);
      expect(items.map(([path]) => path)).to.include(relevant);
      expect(Math.max(x1 - x0, y1 - y0)).to.be.within(0.15 * 448 - 2, 0.35 * 448);
      expect(Math.min(x0, y0)).to.be.at.least(0);
      expect(Math.max(x1, y1)).to.be.at.most(448);
    }
  });

  it('feature: no thing that lies about is in the catalogue, and every file of the list is there', async () => {
    const objects = await allObjects();
    const codes = objects.map(({ code }) => code);
    expect(codes.filter((code) => distractors.includes(code))).to.deep.equal([]);
    const emoji = new URL('../../../demos/objects/images/emoji/', import.meta.url);
    expect((await readdir(emoji)).sort()).to.deep.equal(
      [...codes, ...distractors].map((code) => `${code}.webp`).sort(),
    );
  });

  it('exception: options out of range, a folder in use, one made otherwise', async () => {
    const place = folder.path('exceptions');
    expect(await rejection(makeObjects(place, { seed: -1 }))).to.match(
      /seed for makeObjects to be a whole number from 0/,
    );
    expect(await rejection(makeObjects(place, { queries: 5000 }))).to.match(/queries for makeObjects .* received 5000/);
    await mkdir(place);
    await writeFile(join(place, 'mine.txt'), 'mine');
    expect(await rejection(makeObjects(place, { queries: 1 }))).to.match(/holds mine.txt/);
    expect(await rejection(makeObjects(folder.path('a'), { queries: 2 }))).to.match(/made with the same options/);
  });
});
