import { expect } from 'chai';
import { join, relative } from 'node:path';
import { readLabelFile } from '../../../../src/node/datasets/labelFile.js';
import { pathToFileURL } from 'node:url';
import { describeWithShared } from '../../../shared.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { writeColor } from './testImages.js';

describe('label files', () => {
  const folder = temporaryFolder();
  let file = '';
  /** the names, without folder and extension, and labels of a file with this text */
  const read = async (text: string, options?: Parameters<typeof readLabelFile>[1]) => {
    file = folder.write('labels.csv', text);
    const { classes, multiLabel, images } = await readLabelFile(file, options);
    return {
      classes,
      multiLabel,
      images: images.map(({ path, labels }) => [relative(folder.path(''), path), ...labels]),
    };
  };
  const failure = (text: string, options?: Parameters<typeof readLabelFile>[1]) => rejection(read(text, options));

  before(async () => {
    for (const [i, name] of ['bar/a.png', 'bar/b.png', 'living room/c d.png', 'living room/e,f.png'].entries()) {
      await writeColor(folder.path(name), [i, 2 * i, 0]);
    }
  });

  const single = {
    classes: ['bar', 'living room'],
    multiLabel: false,
    images: [
      ['bar/a.png', 0],
      ['bar/b.png', 0],
      ['living room/c d.png', 1],
      ['living room/e,f.png', 1],
    ],
  };

  it('feature: path and label, quotes, blanks, no newline at the end', async () => {
    expect(
      await read('bar/a.png,bar\nbar/b.png, bar\nliving room/c d.png,living room\n"living room/e,f.png",living room'),
    ).to.deep.equal(single);
  });

  it('feature: a header, a byte order mark, Windows line ends and slashes, tabs', async () => {
    expect(
      await read(
        '\uFEFFImage\tClass\r\nbar\\a.png\tbar\r\nbar\\b.png\tbar\r\nliving room\\c d.png\tliving room\r\n' +
          'living room\\e,f.png\tliving room\r\n',
      ),
    ).to.deep.equal(single);
  });

  it('feature: the many names of a column of paths', async () => {
    for (const header of ['image', 'Image Path', 'img', 'file_name', 'picture', 'photo', 'id']) {
      const list = `${header},label\nbar/a.png,bar\nbar/b.png,bar\n`;
      expect((await read(list)).images, header).to.have.lengthOf(2);
    }
  });

  it('feature: more columns, one of which the header calls label', async () => {
    expect(
      await read(
        'file,x,y,label\nbar/a.png,1,2,bar\nbar/b.png,3,4,bar\nliving room/c d.png,5,6,living room\n' +
          '"living room/e,f.png",7,8,living room\n',
      ),
    ).to.deep.equal(single);
  });

  it('feature: paths alone, the class is the folder', async () => {
    expect(await read('bar/a.png\nbar/b.png\nliving room/c d.png\n"living room/e,f.png"')).to.deep.equal(single);
  });

  it('feature: several labels with ; between them, sorted and each once; none', async () => {
    expect(await read('bar/a.png,table;lamp;table\nbar/b.png,\nliving room/c d.png,lamp')).to.deep.equal({
      classes: ['lamp', 'table'],
      multiLabel: true,
      images: [['bar/a.png', 0, 1], ['bar/b.png'], ['living room/c d.png', 0]],
    });
  });

  it('feature: blanks between labels where the header says labels; extensions left out', async () => {
    expect(await read('image,labels (all)\nbar/a,table lamp\nbar/b,lamp\n')).to.deep.equal({
      classes: ['lamp', 'table'],
      multiLabel: true,
      images: [
        ['bar/a.png', 0, 1],
        ['bar/b.png', 0],
      ],
    });
  });

  it("feature: a column of 0 and 1 per class keeps the columns' order", async () => {
    expect(await read('path,table,floor lamp\nbar/a.png,1,1\nbar/b.png,0,1\nliving room/c d.png,0,0')).to.deep.equal({
      classes: ['table', 'floor lamp'],
      multiLabel: true,
      images: [['bar/a.png', 0, 1], ['bar/b.png', 1], ['living room/c d.png']],
    });
    expect(
      (await read('path,table,lamp\nbar/a.png,1,0\nbar/b.png,1,0\nliving room/c d.png,0,1', { atLeast: 1 })).multiLabel,
    ).to.equal(false);
  });

  it('feature: classes given decide numbers, root where paths start', async () => {
    expect(
      (await read('a.png,bar\nb.png,bar', { root: folder.path('bar'), classes: ['cellar', 'bar'] })).images,
    ).to.deep.equal([
      ['bar/a.png', 1],
      ['bar/b.png', 1],
    ]);
  });

  const two = [
    ['bar/a.png', 0],
    ['bar/b.png', 1],
  ];

  it('feature: columns are found by what is in them, in any order, under any header', async () => {
    const hats = { classes: ['hat', 'shoe'], multiLabel: false, images: two };
    for (const text of [
      'ImageID,ClassName\nbar/a.png,hat\nbar/b.png,shoe',
      'label,image\nhat,bar/a.png\nshoe,bar/b.png',
      'hat,bar/a.png\nshoe,bar/b.png',
      'fname,what it is\nbar/a.png,hat\nbar/b.png,shoe',
      'Datei,Art\nbar/a,hat\nbar/b,shoe', // extensions left out, a header in no known words
      ',image,label\n0,bar/a.png,hat\n1,bar/b.png,shoe', // pandas' index
      'Unnamed: 0,image,label\n7,bar/a.png,hat\n3,bar/b.png,shoe',
      '0,bar/a.png,hat\n1,bar/b.png,shoe',
      'class_id,class_name,img\n3,hat,bar/a.png\n4,shoe,bar/b.png',
      'image,mask,target,age\nbar/a.png,bar/b.png,hat,40\nbar/b.png,bar/a.png,shoe,41',
      'sep=;\nimage;label\nbar/a.png;hat\nbar/b.png;shoe', // as Excel writes it
      'image,label,,\nbar/a.png,hat,,\nbar/b.png,shoe,,',
      'image,label\r\nbar/a.png,hat\nbar/b.png,shoe\r\n', // line ends of two systems
      'filename,hat,shoe\nbar/a.png,1.0,0.0\nbar/b.png,0.0,1.0',
      'filename,hat,shoe\nbar/a.png,True,False\nbar/b.png,False,True',
      'filename,hat,shoe\nbar/a.png,1,-1\nbar/b.png,-1,1',
    ]) {
      expect(await read(text, { atLeast: 1 }), text).to.deep.equal(hats);
    }
    for (const text of ['id_code,diagnosis\nbar/a,0\nbar/b,1', 'img_path,has_cat\nbar/a.png,0\nbar/b.png,1']) {
      expect(await read(text, { atLeast: 1 }), text).to.deep.equal({ ...hats, classes: ['0', '1'] });
    }
  });

  it('feature: a column of words that repeat is taken for the labels, and told; of several none', async () => {
    const said: string[] = [];
    const rows = (more: string) =>
      ['a,1,hat', 'b,2,hat'].map((row) => `bar/${row.replace(',', '.png,')}${more}`).join('\n');
    const { classes } = await read(`file,age,kind\n${rows('')}`, { notice: (sentence) => said.push(sentence) });
    expect(classes).to.deep.equal(['hat']);
    expect(said.join()).to.match(/^The labels of .*labels\.csv are taken from its column kind:/);
    for (const text of [
      `file,age,sex\n${rows('')}`,
      `file,age,view,Edema\n${rows(',1')}`,
      `file,age,kind,Edema\n${rows(',1')}`,
    ]) {
      expect(await failure(text), text).to.contain('calls one of them label');
    }
    expect(await failure(`file,age,kind,shop\n${rows(',here')}`)).to.match(
      /calls one of them label.* but received file, age,/,
    );
  });

  it('feature: a label of several words stays one, unless its words are seen to be labels', async () => {
    const said: string[] = [];
    const options = { notice: (sentence: string) => void said.push(sentence), atLeast: 1 };
    expect((await read('image,labels\nbar/a.png,living room\nbar/b.png,dining room', options)).classes).to.deep.equal([
      'dining room',
      'living room',
    ]);
    expect(said[0]).to.match(/have blanks in them \("living room" is one\): put ; between several labels$/);
    expect((await read('image,label\nbar/a.png,table lamp\nbar/b.png,lamp', options)).classes).to.deep.equal([
      'lamp',
      'table lamp',
    ]);
    expect((await read('image,labels\nbar/a.png,"table lamp,bed"\nbar/b.png,bed', options)).classes).to.deep.equal([
      'bed',
      'table lamp',
    ]);
    expect(said).to.have.lengthOf(1);
  });

  it('feature: lists in the writing of Python, numpy and JSON; exception: a broken one', async () => {
    for (const [first, second] of [
      ["['floor lamp', 'table']", "['table']"],
      ['["floor lamp", "table"]', '["table"]'],
      ["['floor lamp' 'table']", "['table']"],
      ['[floor lamp, table]', '[table]'],
      ["{'table', 'floor lamp'}", "('table',)"],
    ]) {
      if (first.startsWith('[')) {
        const tabs = `image\tlabel\nbar/a.png\t${first}\nbar/b.png\t${second}`;
        expect((await read(tabs)).classes, tabs).to.deep.equal(['floor lamp', 'table']);
      }
      const quoted = [first, second].map((cell) => `"${cell.replaceAll('"', '""')}"`);
      expect(await read(`image,label\nbar/a.png,${quoted[0]}\nbar/b.png,${quoted[1]}`), first).to.deep.equal({
        classes: ['floor lamp', 'table'],
        multiLabel: true,
        images: [
          ['bar/a.png', 0, 1],
          ['bar/b.png', 1],
        ],
      });
    }
    expect((await read('image,label\nbar/a.png,[]\nbar/b.png,"[\'table\']"')).images[0]).to.deep.equal(['bar/a.png']);
    expect(await failure('image,label\nbar/a.png,"[\'table]"\nbar/b.png,"[\'table\']"')).to.match(
      /^Expected the labels of/,
    );
    const cut = `image,labels\nbar/a.png,"['table', 'lamp"\nbar/b.png,table`;
    expect(await failure(cut)).to.contain("but received ['table', 'lamp");
    const escaped = String.raw`image,labels${'\n'}bar/a.png,"[""caf\u00e9"", ""it\'s""]"${'\n'}bar/b.png,"['caf\xe9', 'it\'s']"`;
    expect((await read(escaped)).classes).to.deep.equal(['café', "it's"]);
  });

  it('feature: bars, a blank behind each path, rows that a spreadsheet emptied, signs without width, file: URLs', async () => {
    const rows = [
      ['bar/a.png', 'bar'],
      ['bar/b.png', 'bar'],
      ['living room/c d.png', 'room'],
    ];
    const wanted = { classes: ['bar', 'room'], multiLabel: false };
    const options = { atLeast: 1 };
    const url = (path: string) => pathToFileURL(folder.path(path)).href;
    for (const text of [
      rows.map((row) => row.join('|')).join('\n'),
      rows.map((row) => row.join(' ')).join('\r\n'),
      `image,label\n${rows.map((row) => `${row.join(',')},,`).join('\n')}\n,\n,,\n`,
      rows.map(([path, label]) => `${path},${label === 'bar' ? label : '\u200bro\u00adom\ufeff'}`).join('\n'),
      rows.map(([path, label]) => `${url(path)},${label}`).join('\n'),
    ]) {
      expect(await read(text, options), text).to.deep.include(wanted);
    }
  });

  it('exception: a class twice in the header, or without a name', async () => {
    expect(await failure('path,hat,hat\nbar/a.png,1,0\nbar/b.png,0,1')).to.equal(
      `Expected the header of ${file} to be one name for each class, each once but received hat twice`,
    );
    expect(await failure('path,hat,\nbar/a.png,1,0\nbar/b.png,0,1')).to.contain('a column without a name');
  });

  it('feature: Windows-1252, told, and UTF-16; exception: other encodings', async () => {
    const text = 'image;label\nbar/a.png;Hüte\nbar/b.png;Café – “groß”\n';
    const said: string[] = [];
    const classes = async (bytes: Uint8Array) => {
      file = folder.write('encoded.csv', bytes);
      return (await readLabelFile(file, { atLeast: 1, notice: (sentence) => said.push(sentence) })).classes;
    };
    const wanted = ['Café – “groß”', 'Hüte'];
    const codes: Record<string, number> = { '–': 0x96, '“': 0x93, '”': 0x94 };
    expect(await classes(Uint8Array.from(text, (letter) => codes[letter] ?? letter.charCodeAt(0)))).to.deep.equal(
      wanted,
    );
    expect(said).to.deep.equal([
      `${file} is no UTF-8 and is read as Windows-1252 ("Hüte"): if that is wrong, save it as UTF-8`,
    ]);
    const wide = Buffer.from(`\uFEFF${text}`, 'utf16le');
    expect(await classes(wide)).to.deep.equal(wanted);
    expect(await classes(wide.subarray(2))).to.deep.equal(wanted);
    expect(await classes(Buffer.from(wide).swap16())).to.deep.equal(wanted);
    expect(said).to.have.lengthOf(1);
    const cyrillic = [0xd8, 0xeb, 0xff, 0xef, 0xe0]; // "hat" in Windows-1251
    const roman = [0x48, 0x9f, 0x74, 0x65]; // "Hüte" in Mac OS Roman
    for (const word of [cyrillic, roman]) {
      const bytes = Buffer.concat([Buffer.from('bar/a.png,'), Buffer.from(word), Buffer.from('\nbar/b.png,hat')]);
      expect(await rejection(classes(bytes))).to.match(/neither UTF-8 nor UTF-16 nor Windows-1252: save it as UTF-8$/);
    }
  });

  it('feature: accents, case and extensions as they are on the disk; classes alike are joined or told', async () => {
    await writeColor(folder.path('cafe\u0301/A.PNG'), [50, 1, 1]);
    await writeColor(folder.path('cafe\u0301/b.png'), [50, 2, 1]);
    const said: string[] = [];
    const { classes, images } = await read('caf\u00e9/a.png,caf\u00e9\ncafe\u0301/b,cafe\u0301\n', {
      notice: (sentence) => said.push(sentence),
    });
    expect(classes).to.deep.equal(['caf\u00e9']);
    expect(images).to.deep.equal([
      ['cafe\u0301/A.PNG', 0],
      ['cafe\u0301/b.png', 0],
    ]);
    const given = { classes: ['cafe\u0301'], notice: (sentence: string) => void said.push(sentence) };
    expect((await read('caf\u00e9/b.png,caf\u00e9', given)).classes).to.deep.equal(['cafe\u0301']);
    expect(said).to.deep.equal([]);
    await read('bar/a.png,Bar\nbar/b.png,bar', { atLeast: 1, notice: (sentence) => said.push(sentence) });
    expect(said[0]).to.match(/has classes that differ only in upper and lower case and are kept apart: Bar and bar$/);
  });

  it('exception: images that are not there, from line 1 on, under words that may be a header', async () => {
    expect(await failure('Datei,Art\nx1,hat\nx2,shoe')).to.match(
      /Datei \(line 1\).*; if line 1 is a header, it should call the columns image and label$/,
    );
  });

  it('exception: missing images, with their lines', async () => {
    expect(await failure('bar/a.png,bar\nbar/b.png,bar\nbar/z.png,bar\n\nbar/y.png,bar')).to.equal(
      `Expected the images of ${file} to be below ${folder.path('')} but 2 of 4 are not there: bar/z.png (line 3), ` +
        'bar/y.png (line 5). Check the paths, or name the folder that they start from',
    );
  });

  it('exception: an image listed twice', async () => {
    expect(await failure('bar/a.png,bar\nbar/b.png,bar\n./bar/a.png,bar')).to.equal(
      `Expected ${file} to be a list that has every image once but received bar/a.png (lines 1 and 3): several labels of an ` +
        'image go into one row, with ; between them',
    );
  });

  it('exception: unknown labels, rows without one', async () => {
    expect(await failure('bar/a.png,bra\nbar/b.png,bar', { classes: ['bar', 'cellar'] })).to.equal(
      `Expected the labels of ${file} to be among the 2 classes but received bra on line 1. Nearest: "bar", "cellar"`,
    );
    expect(await failure('bar/a.png,bar\nbar/b.png,\n')).to.equal(
      `Expected every row of ${file} to be one with one label but received bar/b.png (line 2) with none`,
    );
    expect(await failure('bar/a.png,bar;table\nbar/b.png,bar', { multiLabel: false })).to.equal(
      `Expected every row of ${file} to be one with one label but received bar/a.png (line 1) with 2`,
    );
    expect(await failure('a.png\nb.png', { root: folder.path('bar') })).to.equal(
      `Expected every row of ${file} to be one with one label but received a.png (line 1) with none, b.png (line 2) with none`,
    );
  });

  it('exception: a class with one image, the same image in two classes', async () => {
    expect(await failure('bar/a.png,bar\nbar/b.png,bar\nliving room/c d.png,living room')).to.equal(
      `Expected every class of ${file} to be one with 2 images or more but received living room with 1`,
    );
    await writeColor(folder.path('bar/twin.png'), [2, 4, 0]);
    expect(await failure('bar/twin.png,bar\nliving room/c d.png,living room', { atLeast: 1 })).to.match(
      /^Expected every image of .*labels\.csv to be in one class but received the same ones in several: bar and living room share 1\./,
    );
  });

  it('exception: no file, a folder, an image, nothing in it, a header alone, columns without names, ragged rows', async () => {
    const missing = folder.path('missing.csv');
    const rule = 'to be a CSV file of labels but received';
    expect(await rejection(readLabelFile(missing))).to.equal(
      `Expected ${missing} ${rule} no file of that name: check the path`,
    );
    const bar = folder.path('bar');
    expect(await rejection(readLabelFile(bar))).to.equal(`Expected ${bar} ${rule} a folder`);
    const image = join(bar, 'a.png');
    expect(await rejection(readLabelFile(image))).to.equal(
      `Expected ${image} ${rule} a file that is no text in UTF-8: save it as CSV`,
    );
    expect(await failure('\n')).to.equal(`Expected ${file} ${rule} one without rows`);
    expect(await failure('path,label')).to.equal(`Expected ${file} ${rule} a header without rows`);
    expect(await failure('bar/a.png,bar,5')).to.equal(
      `Expected the columns of ${file} to be path and label, with a header that ` +
        'calls one of them label, or with 0 or 1 for every class but received 3 columns without a header',
    );
    expect(await failure('bar/a.png,bar\nbar/b.png,bar,5')).to.equal(
      `Expected ${file} to be a CSV file of labels, every row of 2 cells like the first but received 3 on line 2: ` +
        'cells with a comma in them go between double quotes',
    );
    for (const [text, kind] of [
      ['<!DOCTYPE html>\n<html>', 'a web page'],
      ['version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n', 'a Git LFS pointer'],
      ['[\n {"image": "bar/a.png"}]', 'JSON'],
      ['{"image": "bar/a.png"}\n', 'JSON'],
    ]) {
      expect(await failure(text), text).to.contain(`${rule} ${kind}`);
    }
    expect(await failure('https://x.org/a.png,bar\nhttps://x.org/b.png,bar')).to.contain('Addresses are not fetched');
  });

  describeWithShared('of MSRC v2', 'data/msrc_v2/labels.csv', (path) => {
    it('cardinality: 591 images, several of 23 classes each', async () => {
      const { classes, multiLabel, images } = await readLabelFile(path, { root: join(path, '..', 'images') });
      expect(classes).to.have.length(23);
      expect(multiLabel).to.equal(true);
      expect(images).to.have.length(591);
      const horses = images.filter(({ labels }) => labels.includes(classes.indexOf('horse')));
      expect(horses).to.have.length(3);
    });
  });

  describeWithShared('of MIT67', 'data/mit67/TrainImages.txt', (path) => {
    it('exception: the official list has 5360 lines, the last without an end; most images are not here', async () => {
      expect(await rejection(readLabelFile(path, { root: join(path, '..', 'Images') }))).to.match(
        /but \d+ of 5360 are not there/,
      );
    });
  });
});
