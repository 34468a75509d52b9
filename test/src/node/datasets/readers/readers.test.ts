import { expect } from 'chai';
import { mkdirSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import sharp from 'sharp';
import { objectsOfClass } from '../../../../../src/node/datasets/readers/annotations.js';
import { readFolder, readScene15 } from '../../../../../src/node/datasets/readers/splitFolders.js';
import { readLabelledList } from '../../../../../src/node/datasets/readers/multiLabelList.js';
import { readMit67 } from '../../../../../src/node/datasets/readers/mit67.js';
import { readPascalVoc } from '../../../../../src/node/datasets/readers/pascalVoc.js';
import { readImage } from '../../../../../src/node/images/readImage.js';
import { describeWithShared } from '../../../../shared.js';
import { rejection, temporaryFolder } from '../../temporaryFolder.js';

describe('data sets of the protocol', () => {
  const folder = temporaryFolder();

  /** Writes files, with their folders; an image of its own for each number. */
  async function write(files: Record<string, string | number>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(folder.path(name)), { recursive: true });
      folder.write(
        name,
        typeof content === 'string'
          ? content
          : await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: content, g: 9, b: 9 } } })
              .png()
              .toBuffer(),
      );
    }
  }

  describe('MIT67', () => {
    const whole = {
      'mit/Images/bar/a b.JPG': 1,
      'mit/Images/bar/c.jpg': 2,
      'mit/Images/Mall/d.jpg': 3,
      'mit/Images/Mall/e.jpg': 4,
      'mit/Images/bar/unlisted.jpg': 5,
      'mit/TrainImages.txt': 'mall/d.jpg\r\nbar/a b.jpg\n',
      'mit/TestImages.txt': 'mall/e.jpg\nbar/c.jpg',
    };

    it('feature: case, blanks, line ends, no newline at the end, images in no list', async () => {
      await write(whole);
      const data = await readMit67(folder.path('mit'));
      const [{ train, test }] = data.splits;
      const names = (set: typeof train) =>
        set.images.map(({ path, labels }) => [relative(folder.path('mit/Images'), path), labels[0]]);
      expect(data.classes).to.deep.equal(['bar', 'mall']);
      expect(names(train)).to.deep.equal([
        ['Mall/d.jpg', 1],
        ['bar/a b.JPG', 0],
      ]);
      expect(names(test)).to.deep.equal([
        ['Mall/e.jpg', 1],
        ['bar/c.jpg', 0],
      ]);
      expect(data.unlisted?.map((path) => basename(path))).to.deep.equal(['unlisted.jpg']);
      expect(data.notices).to.deep.equal([
        'Images that no list names, 1, are left alone: bar/unlisted.jpg',
        'These are not the official lists: 2 + 2 images of 2 classes in place of 5360 + 1340 of 67',
      ]);
    });

    it('feature: GIF data under the name .jpg are read', async () => {
      const gif = await sharp({ create: { width: 5, height: 4, channels: 3, background: '#123' } })
        .gif()
        .toBuffer();
      const { format, width } = await readImage(folder.write('x_gif.jpg', gif));
      expect([format, width]).to.deep.equal(['gif', 5]);
    });

    it('exception: what is missing is named and counted, and left out only if that is allowed', async () => {
      await write({ ...whole, 'mit/TestImages.txt': 'mall/e.jpg\nbar/c.jpg\nbar/gone.jpg' });
      expect(await rejection(readMit67(folder.path('mit')))).to.match(
        /^Expected the 5 listed images to be in .*Images but 1 are not: bar\/gone\.jpg\. .*--allow-missing$/,
      );
      const { missing, notices } = await readMit67(folder.path('mit'), { allowMissing: true });
      expect(missing).to.deep.equal(['bar/gone.jpg']);
      expect(notices[0]).to.match(/^1 of the 5 listed images are not there \(bar\/gone\.jpg\)/);
    });

    it('exception: no data, broken lists, an image in both', async () => {
      expect(await rejection(readMit67(folder.path('nowhere')))).to.contain(
        'https://web.mit.edu/torralba/www/indoor.html',
      );
      const refused = async (files: Record<string, string>) => {
        await write({ ...whole, ...files });
        return rejection(readMit67(folder.path('mit')));
      };
      expect(await refused({ 'mit/TestImages.txt': 'mall/e.jpg\nbar/a b.jpg' })).to.match(
        /^Expected TrainImages\.txt and TestImages\.txt of .* to be without an image in common but received 1: bar\/a b\.jpg$/,
      );
      expect(await refused({ 'mit/TestImages.txt': 'e.jpg' })).to.match(/to be class\/image but received "e\.jpg"$/);
      expect(await refused({ 'mit/TestImages.txt': 'bar/c.jpg\nbar/c.jpg' })).to.match(
        /every image once but received 1 twice: bar\/c\.jpg$/,
      );
      expect(await refused({ 'mit/TestImages.txt': 'bar/c.jpg' })).to.match(
        /^Expected every class of .* to be one with images to test on but received one without: mall$/,
      );
      expect(await refused({ 'mit/TestImages.txt': '\n' })).to.match(
        /to be a list of images but received one without lines$/,
      );
    });
  });

  it('feature: a folder with boxes; exception: the same image in train and test, broken boxes', async () => {
    await write({
      'own/train/a/1.jpg': 11,
      'own/train/b/1.jpg': 12,
      'own/eval/a/1.jpg': 13,
      'own/eval/b/2.jpg': 14,
      'own/boxes.csv': 'file,label,x0,y0,x1,y1\neval/a/1.jpg,a,1,2,4,8\neval/a/1.jpg,b,0,0,1,1\n',
    });
    const {
      splits: [{ test }],
      annotations,
    } = await readFolder(folder.path('own'));
    const found = await annotations!.read(test.images[0].path);
    expect(objectsOfClass(found!, 0)).to.deep.equal({ boxes: [{ label: 0, x: 1, y: 2, width: 3, height: 6 }] });
    expect(await annotations!.read(test.images[1].path)).to.equal(null);
    const random = await readFolder(folder.path('own'), { splits: 3, share: 0.5 });
    expect(random.splits.map(({ train, test: rest }) => [train.images.length, rest.images.length])).to.deep.equal([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    const {
      splits: [{ train: drawn, test: left }],
    } = await readFolder(folder.path('own'), { perClass: 1, seed: 1 });
    expect([...drawn.images, ...left.images]).to.have.length(4);
    expect(
      drawn.images.some(({ path }) => path.includes('eval')),
      'drawn from both',
    ).to.equal(true);

    await write({ 'own/eval/b/2.jpg': 12 });
    expect(await rejection(readFolder(folder.path('own')))).to.match(
      /1 with the same content: train\/b\/1\.jpg is eval\/b\/2\.jpg\. Remove them, or go on as it is with --allow-shared$/,
    );
    expect((await readFolder(folder.path('own'), { allowShared: true })).notices[0]).to.contain(
      'train/b/1.jpg is eval/b/2.jpg',
    );
    await write({ 'own/eval/b/2.jpg': 14, 'own/boxes.csv': 'file,label,x0,y0,x1,y1\neval/a/1.jpg,a,4,2,1,8\n' });
    expect(await rejection(readFolder(folder.path('own')))).to.match(
      /^Expected the box on line 2 of .* to be four numbers with x0 < x1 and y0 < y1 but received 4,2,1,8$/,
    );
    expect(await rejection(readScene15(folder.path('own')))).to.match(/to be one with 100 images or more/);
    expect(await rejection(readFolder(folder.path('nowhere')))).to.match(/but received none: check the path$/);
  });

  it('exception: an image in train and in test of any of several random splits', async () => {
    await write(
      Object.fromEntries(
        ['a', 'b'].flatMap((name, c) => [0, 1, 2, 3].map((i) => [`copies/${name}/${i}.jpg`, 100 + 10 * c + i])),
      ),
    );
    await write({ 'copies/b/copy.jpg': 110 });
    // Both in one half of the first split.
    const options = { splits: 4, perClass: 2, seed: 8 };
    const { splits, notices } = await readFolder(folder.path('copies'), { ...options, allowShared: true });
    const halves = splits.map(({ train }) =>
      ['b/0.jpg', 'b/copy.jpg'].map((name) => train.images.some(({ path }) => path === folder.path(`copies/${name}`))),
    );
    const counts = halves.map(([own, copy]) => (own === copy ? 0 : 1));
    expect(counts[0]).to.equal(0);
    const found = counts.indexOf(1);
    const pair = halves[found][0] ? 'b/0.jpg is b/copy.jpg' : 'b/copy.jpg is b/0.jpg';
    expect(notices).to.deep.equal([
      `Test images that are in train too, under other names, and count all the same: ${counts
        .slice(0, 3)
        .join(', ')} and ${counts[3]} in the 4 splits, in split ${found + 1} ${pair}`,
    ]);
    expect(await rejection(readFolder(folder.path('copies'), options))).to.contain(
      `${counts.slice(0, 3).join(', ')} and ${counts[3]} with the same content in the 4 splits: in split ${found + 1} ${pair}. Remove them`,
    );
    expect((await readFolder(folder.path('copies'), { ...options, splits: 1 })).notices).to.deep.equal([]);
  });

  it('feature: Pascal VOC: difficult pairs are left out, boxes count from 1', async () => {
    const main = 'voc/ImageSets/Main/';
    await write({
      [`${main}cat_trainval.txt`]: '01  1\n02 -1\n',
      [`${main}dog_trainval.txt`]: '01 -1\n02  1\n',
      [`${main}cat_test.txt`]: '03  1\n04  0\n',
      [`${main}dog_test.txt`]: '03  1\n04  1\n',
      'voc/JPEGImages/01.jpg': 21,
      'voc/JPEGImages/02.jpg': 22,
      'voc/JPEGImages/03.jpg': 23,
      'voc/JPEGImages/04.jpg': 24,
      'voc/Annotations/03.xml':
        '<annotation><object><name>dog</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin>' +
        '<xmax>4</xmax><ymax>8</ymax></bndbox></object></annotation>',
    });
    const {
      classes,
      multiLabel,
      splits: [{ train, test }],
      leftOut,
      annotations,
    } = await readPascalVoc(folder.path('voc'));
    expect([classes, multiLabel]).to.deep.equal([['cat', 'dog'], true]);
    expect(train.images.map(({ labels }) => labels)).to.deep.equal([[0], [1]]);
    expect(test.images.map(({ labels }) => labels)).to.deep.equal([[0, 1], [1]]);
    expect([...(leftOut ?? [])]).to.deep.equal([[test.images[1].path, [0]]]);
    expect(await annotations!.read(test.images[0].path)).to.deep.equal({
      boxes: [{ label: 1, x: 0, y: 1, width: 4, height: 7 }],
    });
    await write({ 'voc/JPEGImages/04.jpg': 21 });
    expect((await readPascalVoc(folder.path('voc'))).notices[0]).to.match(
      /^Test images that are in train too, .*: 1, .*01\.jpg is .*04\.jpg$/,
    );
    await write({ [`${main}cat_test.txt`]: '02  1\n04  0\n' });
    expect(await rejection(readPascalVoc(folder.path('voc')))).to.match(
      /^Expected train and test of .* to be without an image in common but received 1: .*02\.jpg$/,
    );
    await write({ [`${main}cat_test.txt`]: '03  yes\n' });
    expect(await rejection(readPascalVoc(folder.path('voc')))).to.match(
      /to be an image and 1, 0 or −1 but received "03 {2}yes"$/,
    );
  });

  describeWithShared('MIT67 with 20 of its images', 'data/mit67', (path) => {
    it('says what is absent', async () => {
      const {
        missing,
        unlisted,
        classes,
        splits: [{ train, test }],
      } = await readMit67(path, { allowMissing: true });
      // 11 of the 20 are in the lists, all of them to train on
      expect([missing.length, unlisted?.length, classes.length, train.images.length, test.images.length]).to.deep.equal(
        [6689, 9, 67, 11, 0],
      );
    });
  });

  describeWithShared('15-Scene', 'data/scene15', (path) => {
    it('five splits of 100 per class', async () => {
      const { splits, classes } = await readScene15(path);
      expect(splits.map(({ train, test }) => [train.images.length, test.images.length])).to.deep.equal(
        new Array(5).fill([1500, 2985]),
      );
      classes.forEach((_, label) =>
        expect(splits[4].train.images.filter(({ labels }) => labels[0] === label)).to.have.length(100),
      );
    });
  });

  describeWithShared('masks of MSRC v2', 'data/msrc_v2', (path) => {
    it('295 + 296 images, classes by colour', async () => {
      const {
        splits: [{ train, test }],
        classes,
        annotations,
      } = await readLabelledList(path, { without: ['horse'], allowShared: true });
      expect([train.images.length, test.images.length, classes.length]).to.deep.equal([295, 296, 22]);
      const { path: image, labels } = test.images[0];
      const found = await annotations!.read(image);
      const { width, height, data } = found!.pixels!;
      expect(data.length).to.equal(width * height);
      // a label is given from half a percent of the pixels on
      const shown = classes.flatMap((_, label) =>
        data.filter((each) => each === label).length >= 0.005 * data.length ? [label] : [],
      );
      expect(shown).to.deep.equal([...labels]);
    });
  });
});
