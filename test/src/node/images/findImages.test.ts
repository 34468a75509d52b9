import { expect } from 'chai';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findImages } from '../../../../src/node/images/findImages.js';
import { passedOverInWords } from '../../../../src/node/images/passedOver.js';
import { temporaryFolder } from '../temporaryFolder.js';

describe('findImages', () => {
  const folder = temporaryFolder();
  const names = (files: string[]) => files.map((file) => file.slice(folder.path('').length + 1).replaceAll('\\', '/'));

  before(() => {
    for (const name of ['album/trip/day2', 'album/.hidden', 'album/notes', 'bare']) {
      mkdirSync(folder.path(name), { recursive: true });
    }
    for (const name of [
      'album/b.JPG',
      'album/a.png',
      'album/readme.txt',
      'album/trip/c.webp',
      'album/trip/day2/d.jpeg',
      'album/.hidden/e.jpg',
      'album/.f.jpg',
      'bare/notes.txt',
      'anything.bin',
    ]) {
      folder.write(name, 'x');
    }
  });

  it('a folder stands for its images and those of its subfolders, sorted, hidden ones left out', async () => {
    const { files, errors } = await findImages([folder.path('album')]);
    expect(names(files)).to.deep.equal(['album/a.png', 'album/b.JPG', 'album/trip/c.webp', 'album/trip/day2/d.jpeg']);
    expect(errors).to.deep.equal([]);
  });

  it('files that are named are taken whatever they are called, each once, in the order given', async () => {
    const { files } = await findImages([folder.path('anything.bin'), folder.path('album/b.JPG'), folder.path('album')]);
    expect(names(files).slice(0, 3)).to.deep.equal(['anything.bin', 'album/b.JPG', 'album/a.png']);
    expect(files.length).to.equal(5);
  });

  it('a missing path and a folder without images are told, the others still found', async () => {
    const { files, errors } = await findImages([folder.path('nowhere'), folder.path('bare'), folder.path('album')]);
    expect(files).to.have.length(4);
    expect(errors.map(({ path }) => path)).to.deep.equal([folder.path('nowhere'), folder.path('bare')]);
    expect(errors[0].error.message).to.equal(
      `Expected ${folder.path('nowhere')} to be an image file or a folder with images but received neither: check the path`,
    );
    expect(errors[1].error.message).to.match(
      /bare to be a folder with images \(\.jpg .*\) but received a folder without any$/,
    );
  });

  it('links are followed, but not in circles', async function () {
    try {
      symlinkSync(folder.path('album'), folder.path('album/trip/loop'));
    } catch {
      this.skip();
    }
    const { files } = await findImages([join(folder.path('album'))]);
    expect(files).to.have.length(4);
  });

  it('what is passed over is counted by kind: other formats, hidden files, folders of systems', async () => {
    for (const name of ['@eaDir/a.jpg', '#recycle', '$RECYCLE.BIN', 'lost+found', '__MACOSX', '.trash', 'trip']) {
      mkdirSync(folder.path(`disk/${name}`), { recursive: true });
      folder.write(`disk/${name}/thumb.jpg`, 'x');
    }
    for (const name of [
      'a.jpg',
      'b.HEIC',
      'c.heif',
      'd.bmp',
      'e.jxl',
      'f.JP2',
      'g.nef',
      'h.txt',
      'i.txt',
      'j',
      '._a.jpg',
    ]) {
      folder.write(`disk/${name}`, 'x');
    }
    for (const name of ['.DS_Store', 'Thumbs.db']) {
      folder.write(`disk/${name}`, 'x');
    }
    symlinkSync(folder.path('gone.jpg'), folder.path('disk/broken.jpg'));
    const { files, errors, passedOver } = await findImages([folder.path('disk')]);
    expect(names(files)).to.deep.equal(['disk/a.jpg', 'disk/trip/thumb.jpg']);
    expect(errors).to.deep.equal([]);
    const sentence = passedOverInWords('disk', passedOver) ?? '';
    for (const part of [
      'Passed over in disk: 2 HEIC images (b.HEIC, c.heif): convert them to JPEG, on a Mac with sips',
      '; 1 raw photo (g.nef): export it as JPEG; 1 BMP image (d.bmp): convert it to JPEG; ',
      '1 JPEG XL image (e.jxl)',
      '1 JPEG 2000 image (f.JP2)',
      '2 .txt files (h.txt, i.txt)',
      '1 file without an extension (j)',
      '1 hidden file (._a.jpg)',
      '1 hidden folder (.trash)',
      '1 link that leads nowhere (broken.jpg)',
      '5 system folders (',
    ]) {
      expect(sentence).to.contain(part);
    }
    expect(sentence).not.to.match(/DS_Store|Thumbs/);
    expect(passedOverInWords('disk', [])).to.equal(null);
  });

  it('a path in the other writing of accents leads to the same', async () => {
    mkdirSync(folder.path('cafe\u0301'), { recursive: true });
    folder.write('cafe\u0301/o\u0308l.jpg', 'x');
    const { files, errors } = await findImages([folder.path('caf\u00e9'), folder.path('caf\u00e9/\u00f6l.jpg')]);
    expect(errors).to.deep.equal([]);
    expect(names(files)).to.deep.equal(['cafe\u0301/o\u0308l.jpg']);
    const missing = folder.path('caf\u00e9/a\u0301.jpg');
    expect((await findImages([missing])).errors[0].path).to.equal(missing);
  });

  it('names that are no UTF-8 are told, the others found', async function () {
    mkdirSync(folder.path('latin/sub'), { recursive: true });
    folder.write('latin/a.jpg', 'x');
    const latin1 = (name: string) =>
      Buffer.concat([Buffer.from(`${folder.path('latin')}/`), Buffer.from(name, 'latin1')]);
    try {
      writeFileSync(latin1('Hüte.jpg'), 'x');
      writeFileSync(latin1('Hüte.txt'), 'x');
      mkdirSync(latin1('Größe'));
    } catch {
      this.skip(); // a system that takes no such names
    }
    const { files, errors, passedOver } = await findImages([folder.path('latin')]);
    expect(names(files)).to.deep.equal(['latin/a.jpg']);
    expect(errors.map(({ error }) => error.message).sort()).to.deep.equal([
      `Expected ${folder.path('latin/Gr\\xF6\\xDFe')} to be a folder with a name in UTF-8 but received one in other bytes: rename it, for many with convmv`,
      `Expected ${folder.path('latin/H\\xFCte.jpg')} to be a file with a name in UTF-8 but received one in other bytes: rename it, for many with convmv`,
    ]);
    expect(passedOver.map(({ kind }) => kind)).to.deep.equal(['file with a name that is no UTF-8']);
  });

  it('a subfolder that may not be read is told, the others found', async function () {
    mkdirSync(folder.path('locked/closed'), { recursive: true });
    folder.write('locked/a.jpg', 'x');
    const root = process.getuid?.() === 0;
    chmodSync(folder.path(''), 0o755);
    chmodSync(folder.path('locked/closed'), 0);
    try {
      if (root) {
        process.seteuid?.(65534);
      } else if (process.platform === 'win32') {
        this.skip();
      }
      const { files, errors } = await findImages([folder.path('locked')]);
      expect(names(files)).to.deep.equal(['locked/a.jpg']);
      expect(errors.map(({ error }) => error.message)).to.deep.equal([
        `Expected ${folder.path('locked/closed')} to be an image file or a folder with images but received one that may not be read: check its permissions`,
      ]);
    } finally {
      if (root) {
        process.seteuid?.(0);
      }
      chmodSync(folder.path('locked/closed'), 0o755);
    }
  });

  it('no paths, no files', async () => {
    expect(await findImages([])).to.deep.equal({ files: [], errors: [], passedOver: [] });
  });
});
