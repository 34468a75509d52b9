import { expect } from 'chai';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClassFolders } from '../../../../src/node/datasets/index.js';
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
