import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { readFolder } from '../../../src/node/datasets/readers/splitFolders.js';
import { viewOf } from '../../../demos/objects/panorama.js';
import { makeScatteredObjects, planScatteredObjects } from '../../../demos/mit67/makeScatteredObjects.js';
import { objectKinds } from '../../../demos/objects/objectKinds.js';
import { boxAt, makeSprite } from '../../../demos/objects/sprites.js';
import { hashOfFolder, rejection, temporaryFolder } from '../../src/node/temporaryFolder.js';

describe('scattered objects', () => {
  const folder = temporaryFolder();
  const few = { trainPerClass: 1, testPerClass: 2, size: 128 };

  it('smoke: class folders with exact boxes, the same again under the same seed', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => folder.path(name));
    expect(await makeScatteredObjects(a, few)).to.equal(true);
    expect(await makeScatteredObjects(a, few), 'made already').to.equal(false);
    await makeScatteredObjects(b, few);
    await makeScatteredObjects(c, { ...few, seed: 1 });
    expect(await hashOfFolder(a))
      .to.equal(await hashOfFolder(b))
      .and.not.equal(await hashOfFolder(c));
    const {
      classes,
      splits: [{ train, test }],
      annotations,
    } = await readFolder(a);
    expect(classes).to.deep.equal(Object.keys(objectKinds));
    expect([train.images.length, test.images.length]).to.deep.equal([10, 20]);
    for (const { path, labels } of [...train.images, ...test.images]) {
      const { width, height } = await sharp(path).metadata();
      expect([width, height]).to.deep.equal([128, 128]);
      const boxes = (await annotations?.read(path))?.boxes ?? [];
      expect(boxes.map(({ label }) => label)).to.deep.equal(labels);
      const [box] = boxes;
      expect(Math.max(box.width, box.height)).to.be.within(Math.floor(0.12 * 128) - 1, 0.25 * 128);
      expect(Math.min(box.x, box.y)).to.be.at.least(0);
      expect(Math.max(box.x + box.width, box.y + box.height)).to.be.at.most(128);
    }
  });

  it('smoke: tells what it would make, and makes nothing', async () => {
    const place = folder.path('planned/here');
    await mkdir(folder.path('planned'), { recursive: true });
    const planned = await planScatteredObjects(place, few);
    expect(existsSync(place)).to.equal(false);
    await makeScatteredObjects(place, few);
    const {
      splits: [{ train, test }],
    } = await readFolder(place);
    const list = ({ images }: { images: readonly { path: string; labels: readonly number[] }[] }) =>
      images.map(({ path, labels }) => `${path} ${labels.join()}`).sort();
    expect(list(planned!.train)).to.deep.equal(list(train));
    expect(list(planned!.test)).to.deep.equal(list(test));
    expect(planned!.making.images).to.equal(30);
    expect(await planScatteredObjects(place, few), 'made already').to.equal(null);
  });

  it('feature: a box holds what is visible, and no more', async () => {
    const sprite = await makeSprite('26bd', { angle: 0, longSide: 50 });
    const box = boxAt(sprite, 7, 9);
    const opaque = (x: number, y: number) => sprite.data[((y - 9) * sprite.width + (x - 7)) * 4 + 3] >= 128;
    const column = (x: number) => Array.from({ length: box.height }, (_, i) => opaque(x, box.y + i)).some(Boolean);
    const row = (y: number) => Array.from({ length: box.width }, (_, i) => opaque(box.x + i, y)).some(Boolean);
    expect([column(box.x), column(box.x + box.width - 1), row(box.y), row(box.y + box.height - 1)]).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect(Math.max(box.width, box.height)).to.be.within(48, 50);
  });

  it('feature: a camera in a panorama: what lies ahead is in the middle, right is right, up is up', () => {
    // longitude in red, latitude in green
    const [width, height] = [256, 128];
    const data = Buffer.alloc(width * height * 3);
    for (let i = 0; i < width * height; i++) {
      data[3 * i] = i % width;
      data[3 * i + 1] = 2 * Math.floor(i / width);
    }
    const side = 65;
    const at = (view: Buffer, x: number, y: number) => [view[(y * side + x) * 3], view[(y * side + x) * 3 + 1]];
    const ahead = viewOf({ data, width, height }, { yaw: 90, pitch: 0, fieldOfView: 90 }, side);
    const [longitude, latitude] = at(ahead, 32, 32);
    expect(longitude).to.be.closeTo(64, 1); // 90 of 360 degrees
    expect(latitude).to.be.closeTo(127, 2);
    expect(at(ahead, 64, 32)[0] - longitude).to.be.closeTo(32, 2); // 45 degrees to the right edge
    expect(at(ahead, 32, 0)[1]).to.be.closeTo(127 - 64, 4); // 45 degrees up, 256 levels for 180 degrees
    const raised = viewOf({ data, width, height }, { yaw: 90, pitch: 30, fieldOfView: 90 }, side);
    expect(at(raised, 32, 32)[1]).to.be.closeTo(127 - 43, 3);
  });

  const makeFew = fileURLToPath(new URL('./makeFew.ts', import.meta.url));
  const unfinished = (name: string) => folder.path(`.${name}.part`);

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`feature: a run that ends with ${signal} is gone on with, to the same bytes`, async () => {
      const name = `ended-${signal}`;
      const child = spawn(process.execPath, ['--import', 'tsx', makeFew, folder.path(name)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.on('data', (text: Buffer) => {
        if (Number(text.toString().trim().split('\n').pop()) >= 8) {
          child.kill(signal);
        }
      });
      const [, how] = (await once(child, 'exit')) as [number | null, string];
      expect(how).to.equal(signal);
      expect(existsSync(folder.path(name))).to.equal(false);
      const left = readdirSync(unfinished(name), { recursive: true, encoding: 'utf8' });
      const images = left.filter((path) => path.endsWith('.jpg'));
      expect(images.length).to.be.within(8, 29);
      writeFileSync(join(unfinished(name), 'train/bag/0000.jpg.unfinished'), 'half an image');
      const made = images.map((path) => statSync(join(unfinished(name), path)).mtimeMs);
      await makeScatteredObjects(folder.path(name), few);
      expect(images.map((path) => statSync(join(folder.path(name), path)).mtimeMs)).to.deep.equal(made);
      expect(await hashOfFolder(folder.path(name))).to.equal(await hashOfFolder(folder.path('a')));
      expect(existsSync(unfinished(name))).to.equal(false);
    });
  }

  it('exception: a full disk is told, and nothing half-written stays', function () {
    // A disk of its own, in a namespace where that is allowed.
    const disk = folder.path('disk');
    mkdirSync(disk);
    const mount = 'mount -t tmpfs -o size=150k none "$0"';
    if (spawnSync('unshare', ['-rm', 'sh', '-c', mount, disk]).status !== 0) {
      console.log('      skipped: no small disk can be mounted here');
      this.skip();
    }
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-rm', 'sh', '-c', `${mount} && exec "$1" --import tsx "$2" "$0/objects"`, disk, process.execPath, makeFew],
      { encoding: 'utf8' },
    );
    expect(stderr).to.equal('');
    const { failure, made, parts } = JSON.parse(stdout.trim().split('\n').pop() as string) as {
      failure: string;
      made: boolean;
      parts: string[];
    };
    expect(failure).to.match(
      /^Expected .*\.jpg to be written but received a full disk: make room or choose another folder$/,
    );
    expect({ made, parts }).to.deep.equal({ made: false, parts: [] });
  });

  it('exception: options, a folder with something else; what was begun with other options is not taken up', async () => {
    const place = folder.path('d');
    expect(await rejection(makeScatteredObjects(place, { size: 10 }))).to.equal(
      'Expected size for makeScatteredObjects to be a whole number >= 64 but received 10',
    );
    expect(await rejection(makeScatteredObjects(place, { objectSide: [0.3, 0.2] }))).to.contain(
      '0 < smallest <= largest <= 0.5',
    );
    expect(await rejection(makeScatteredObjects(place, { distractors: [0, 99] }))).to.contain(
      '0 <= fewest <= most <= 12',
    );
    const stopped = new AbortController();
    const run = makeScatteredObjects(place, { ...few, signal: stopped.signal, onImage: () => stopped.abort() });
    expect(await rejection(run)).to.match(/^Stopped after \d+ of 30 images of scattered objects$/);
    expect([existsSync(place), existsSync(unfinished('d'))]).to.deep.equal([false, true]);
    await makeScatteredObjects(place, { ...few, seed: 1 });
    expect(await hashOfFolder(place)).to.equal(await hashOfFolder(folder.path('c')));
    expect(await rejection(makeScatteredObjects(place, { ...few, seed: 2 }))).to.match(
      /to be a new folder, or one with scattered objects made with the same options but received one made with .*"seed":1/,
    );
    expect(await rejection(makeScatteredObjects(folder.path('.'), few))).to.match(
      /to be a new or an empty folder but received one that holds \.?\w/,
    );
  });
});
