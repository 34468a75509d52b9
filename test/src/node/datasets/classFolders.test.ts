import { expect } from 'chai';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readClassFolders } from '../../../../src/node/datasets/classFolders.js';
import { describeWithShared } from '../../../shared.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { writeColor } from './testImages.js';

describe('class folders', () => {
  const folder = temporaryFolder();
  const rooms = () => folder.path('rooms');

  before(async () => {
    for (const [name, red] of [
      ['bar', 10],
      ['living room', 20],
    ] as const) {
      for (const i of [0, 1]) {
        await writeColor(join(rooms(), name, `image ${i}.png`), [red, i, 0]);
      }
    }
    await writeColor(join(rooms(), 'bar', 'by night', 'deep.png'), [9, 9, 9]);
    writeFileSync(join(rooms(), 'notes.txt'), 'not an image');
    mkdirSync(join(rooms(), '.thumbnails'));
  });

  it('feature: folders are classes, sorted; names with blanks, folders within folders; other files are no images', async () => {
    const { name, classes, multiLabel, images } = await readClassFolders(rooms());
    expect({ name, classes, multiLabel }).to.deep.equal({
      name: rooms(),
      classes: ['bar', 'living room'],
      multiLabel: false,
    });
    expect(images).to.deep.equal([
      { path: join(rooms(), 'bar', 'by night', 'deep.png'), labels: [0] },
      { path: join(rooms(), 'bar', 'image 0.png'), labels: [0] },
      { path: join(rooms(), 'bar', 'image 1.png'), labels: [0] },
      { path: join(rooms(), 'living room', 'image 0.png'), labels: [1] },
      { path: join(rooms(), 'living room', 'image 1.png'), labels: [1] },
    ]);
  });

  it('feature: small copies in folders of systems are no images, and what is passed over is told', async () => {
    const disk = folder.path('disk');
    for (const [i, name] of ['bar/a.png', 'bar/b.png', 'cellar/a.png', 'cellar/b.png'].entries()) {
      await writeColor(join(disk, name), [i, 3, 0]);
      await writeColor(join(disk, dirname(name), '@eaDir', basename(name), 'SYNOPHOTO_THUMB_XL.jpg'), [i, 3, 0]);
    }
    await writeColor(join(disk, '__MACOSX', 'bar', 'a.png'), [9, 9, 9]);
    for (const i of [0, 1, 2, 3]) {
      writeFileSync(join(disk, 'bar', `IMG_${i}.HEIC`), 'x');
    }
    const said: string[] = [];
    const { classes, images } = await readClassFolders(disk, { notice: (sentence) => said.push(sentence) });
    expect([classes, images.length]).to.deep.equal([['bar', 'cellar'], 4]);
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.match(
      /^Passed over in .*disk: 4 HEIC images \(IMG_\d\.HEIC, IMG_\d\.HEIC, IMG_\d\.HEIC and 1 more\): convert them to JPEG, .*; 3 system folders \(.*\)$/,
    );
  });

  it('feature: names alike but for accents and blanks are one class, alike but for case told', async () => {
    const alike = folder.path('alike');
    for (const [i, name] of ['caf\u00e9', 'cafe\u0301', 'bar ', 'bar', 'Bar'].entries()) {
      await writeColor(join(alike, name, 'a.png'), [i, 4, 0]);
    }
    const said: string[] = [];
    const options = { atLeast: 1, notice: (sentence: string) => void said.push(sentence) };
    const { classes, images } = await readClassFolders(alike, options);
    expect(classes).to.deep.equal(['Bar', 'bar', 'caf\u00e9']);
    expect(images.map(({ labels }) => labels[0])).to.deep.equal([0, 1, 1, 2, 2]);
    expect(said).to.deep.equal([
      `"${join(alike, 'bar')}" and "${join(alike, 'bar ')}" are one class, bar`,
      `"${join(alike, 'cafe\u0301')}" and "${join(alike, 'caf\u00e9')}" are one class, caf\u00e9`,
      `${alike} has classes that differ only in upper and lower case and are kept apart: Bar and bar`,
    ]);
    const given = await readClassFolders(alike, { ...options, classes: ['cafe\u0301', 'Bar', 'bar'] });
    expect(given.classes).to.deep.equal(['cafe\u0301', 'Bar', 'bar']);
    expect(given.images.map(({ labels }) => labels[0])).to.deep.equal([0, 0, 1, 2, 2]);
  });

  it('exception: a class folder whose name is no UTF-8', async function () {
    const latin = folder.path('latin');
    await writeColor(join(latin, 'bar', 'a.png'), [1, 2, 3]);
    try {
      mkdirSync(Buffer.concat([Buffer.from(`${latin}/`), Buffer.from('H\xfcte', 'latin1')]));
    } catch {
      this.skip();
    }
    expect(await rejection(readClassFolders(latin))).to.contain('H\\xFCte to be a folder with a name in UTF-8');
  });

  it('feature: classes given decide numbers; one without a folder has no images', async () => {
    const { classes, images } = await readClassFolders(rooms(), { classes: ['living room', 'cellar', 'bar'] });
    expect(classes).to.deep.equal(['living room', 'cellar', 'bar']);
    expect(images.map(({ labels }) => labels[0])).to.deep.equal([0, 0, 2, 2, 2]);
  });

  it('exception: a class that the classes given lack', async () => {
    expect(await rejection(readClassFolders(rooms(), { classes: ['bars', 'living room'] }))).to.equal(
      `Expected the class folders of ${rooms()} to be named as one of the 2 classes but received bar. Nearest: "bars", "living room"`,
    );
  });

  it('exception: a class with one image, and one with none', async () => {
    const poor = folder.path('poor');
    await writeColor(join(poor, 'bar', 'a.png'), [1, 2, 3]);
    mkdirSync(join(poor, 'cellar'));
    expect(await rejection(readClassFolders(poor))).to.equal(
      `Expected every class of ${poor} to be one with 2 images or more but received bar with 1, cellar with none`,
    );
    expect((await readClassFolders(poor, { atLeast: 0 })).images).to.have.length(1);
  });

  it('exception: the same images in two classes, under whatever names', async () => {
    const twice = folder.path('twice');
    for (const i of [0, 1, 2]) {
      await writeColor(join(twice, 'bar', `${i}.png`), [i, 0, 0]);
      await writeColor(join(twice, 'cellar', `${i}.png`), [i, 1, 0]);
    }
    copyFileSync(join(twice, 'bar', '1.png'), join(twice, 'bar', 'copy.png')); // within a class it does no harm
    expect((await readClassFolders(twice)).images).to.have.length(7);
    copyFileSync(join(twice, 'bar', '0.png'), join(twice, 'cellar', 'x.png'));
    copyFileSync(join(twice, 'bar', '2.png'), join(twice, 'cellar', 'y.png'));
    expect(await rejection(readClassFolders(twice))).to.equal(
      `Expected every image of ${twice} to be in one class but received the same ones in several: bar and cellar share 2. ` +
        `For bar and cellar compare ${join(twice, 'bar', '0.png')} and ${join(twice, 'cellar', 'x.png')}`,
    );
  });

  it('exception: no folder, a file, no folders in it, images beside them', async () => {
    const missing = folder.path('missing');
    const rule = 'to be a folder with one folder of images per class but received';
    expect(await rejection(readClassFolders(missing))).to.equal(
      `Expected ${missing} ${rule} no folder of that name: check the path`,
    );
    const file = folder.write('file.csv', '');
    expect(await rejection(readClassFolders(file))).to.equal(`Expected ${file} ${rule} a file`);
    const bare = folder.path('bare');
    mkdirSync(bare);
    expect(await rejection(readClassFolders(bare))).to.equal(`Expected ${bare} ${rule} one without folders`);
    await writeColor(join(bare, 'bar', 'a.png'), [1, 2, 3]);
    await writeColor(join(bare, 'b.png'), [1, 2, 3]);
    expect(await rejection(readClassFolders(bare))).to.equal(
      `Expected ${bare} ${rule} images outside of class folders (b.png): move each into the folder of its class`,
    );
  });

  describeWithShared('of 15-Scene', 'data/scene15/train', (path) => {
    it('cardinality: 100 images of each of 15 classes', async () => {
      const { classes, images } = await readClassFolders(path);
      expect(classes).to.have.length(15);
      for (const label of classes.keys()) {
        expect(images.filter(({ labels }) => labels[0] === label)).to.have.length(100);
      }
    });
  });
});
