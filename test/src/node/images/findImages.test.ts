import { expect } from 'chai';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findImages } from '../../../../src/node/images/findImages.js';
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

  it('no paths, no files', async () => {
    expect(await findImages([])).to.deep.equal({ files: [], errors: [] });
  });
});
