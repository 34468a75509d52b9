import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import sharp from 'sharp';
import { readImage } from '../../../../src/node/images/readImage.js';
import { describeWithShared } from '../../../shared.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

const plain = (width: number, height: number, background = '#c86432') =>
  sharp({ create: { width, height, channels: 3, background } });
/** Left half red, right half blue. */
const halves = (width: number, height: number) =>
  plain(width, height, '#ff0000').composite([
    { input: { create: { width: width / 2, height, channels: 3, background: '#0000ff' } }, left: width / 2, top: 0 },
  ]);
const noise = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: '#000000', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  });

describe('readImage', () => {
  const folder = temporaryFolder();

  describe('feature', () => {
    it('gives RGB bytes with sizes, path and format', async () => {
      const path = folder.write('plain.png', await plain(4, 2).png().toBuffer());
      const { pixels, ...rest } = await readImage(path);
      expect(rest).to.deep.equal({ path, width: 4, height: 2, originalWidth: 4, originalHeight: 2, format: 'png' });
      expect([...pixels]).to.deep.equal(Array.from({ length: 8 }, () => [200, 100, 50]).flat());
    });

    it('a GIF named .jpg is a GIF, and an animation gives its first frame', async () => {
      const frame = (background: string) => plain(4, 3, background).png().toBuffer();
      const animation = await sharp([await frame('#ff0000'), await frame('#0000ff')], { join: { animated: true } })
        .gif()
        .toBuffer();
      expect((await sharp(animation).metadata()).pages).to.equal(2);
      const image = await readImage(folder.write('moving.jpg', animation));
      expect([image.format, image.width, image.height]).to.deep.equal(['gif', 4, 3]);
      expect([...image.pixels.subarray(0, 3)]).to.deep.equal([255, 0, 0]);
    });

    it('CMYK', async () => {
      const bytes = await plain(8, 8).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
      expect((await sharp(bytes).metadata()).space).to.equal('cmyk');
      const { pixels } = await readImage(folder.write('print.jpg', bytes));
      expect(pixels).to.have.length(8 * 8 * 3);
      [200, 100, 50].forEach((wanted, i) => expect(pixels[i]).to.be.closeTo(wanted, 35)); // the print gamut is smaller
    });

    it('16 bits, grey and 16-bit grey', async () => {
      const deep = await plain(4, 2).toColourspace('rgb16').png().toBuffer();
      expect((await sharp(deep).metadata()).depth).to.equal('ushort');
      expect([...(await readImage(folder.write('deep.png', deep))).pixels.subarray(0, 3)]).to.deep.equal([
        200, 100, 50,
      ]);
      for (const space of ['b-w', 'grey16']) {
        const grey = await plain(4, 2, '#808080').toColourspace(space).png().toBuffer();
        expect((await sharp(grey).metadata()).channels).to.equal(1);
        const image = await readImage(folder.write(`${space}.png`, grey));
        expect([...image.pixels]).to.deep.equal(new Array<number>(24).fill(128));
      }
    });

    it('alpha lies on white, or on the background that is asked for', async () => {
      const glass = await sharp({
        create: { width: 2, height: 1, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0.5 } },
      })
        .png()
        .toBuffer();
      const path = folder.write('glass.png', glass);
      const close = (pixels: Uint8Array, wanted: number[]) =>
        wanted.forEach((byte, i) => expect(pixels[i]).to.be.closeTo(byte, 1));
      close((await readImage(path)).pixels, [228, 128, 128]); // 255 + 0.5 · (colour − 255)
      close((await readImage(path, { background: 'black' })).pixels, [100, 0, 0]);
    });

    it('EXIF rotation: upright, sizes too, for all eight orientations', async () => {
      // Where the red half of the stored image is seen: left, right, right, left, top, top, bottom, bottom.
      const redAt = ['left', 'right', 'right', 'left', 'top', 'top', 'bottom', 'bottom'];
      for (let orientation = 1; orientation <= 8; orientation++) {
        const bytes = await halves(16, 8).withMetadata({ orientation }).png().toBuffer();
        const image = await readImage(folder.write(`turned${orientation}.png`, bytes));
        const turned = orientation >= 5;
        expect([image.width, image.height]).to.deep.equal(turned ? [8, 16] : [16, 8]);
        expect([image.originalWidth, image.originalHeight]).to.deep.equal([image.width, image.height]);
        const firstIsRed = image.pixels[0] === 255;
        expect(firstIsRed, `orientation ${orientation}`).to.equal(['left', 'top'].includes(redAt[orientation - 1]));
      }
    });

    it('one pixel', async () => {
      const image = await readImage(folder.write('dot.png', await plain(1, 1).png().toBuffer()));
      expect([image.width, image.height, ...image.pixels]).to.deep.equal([1, 1, 200, 100, 50]);
    });

    it('WebP, AVIF and TIFF', async () => {
      for (const format of ['webp', 'avif', 'tiff'] as const) {
        const image = await readImage(folder.write(`image.${format}`, await plain(16, 8).toFormat(format).toBuffer()));
        expect([image.width, image.height]).to.deep.equal([16, 8]);
        [200, 100, 50].forEach((wanted, i) => expect(image.pixels[i], format).to.be.closeTo(wanted, 6));
      }
    });

    it('maxSide shrinks while decoding and keeps the original size on record', async () => {
      const path = folder.write('wide.jpg', await halves(400, 100).jpeg().toBuffer());
      const image = await readImage(path, { maxSide: 100 });
      expect([image.width, image.height, image.originalWidth, image.originalHeight]).to.deep.equal([100, 25, 400, 100]);
      expect((await readImage(path, { maxSide: 1000 })).width).to.equal(400);
    });

    it('bytes after the end of an image do no harm', async () => {
      const bytes = Buffer.concat([await plain(8, 8).jpeg().toBuffer(), Buffer.from('trailing bytes of a camera')]);
      expect((await readImage(folder.write('trailing.jpg', bytes))).width).to.equal(8);
    });

    it('sees that a file has changed', async () => {
      const path = folder.write('changing.png', await plain(2, 2).png().toBuffer());
      expect((await readImage(path)).width).to.equal(2);
      folder.write('changing.png', await plain(5, 2).png().toBuffer());
      expect((await readImage(path)).width).to.equal(5);
    });
  });

  describe('exception', () => {
    const formats = 'a JPEG, PNG, WebP, GIF, AVIF or TIFF image';

    it('a missing path, a folder, an empty file', async () => {
      const missing = folder.path('missing.jpg');
      expect(await rejection(readImage(missing))).to.equal(
        `Expected ${missing} to be ${formats} but received no file of that name: check the path`,
      );
      mkdirSync(folder.path('folder.jpg'));
      expect(await rejection(readImage(folder.path('folder.jpg')))).to.contain(
        'but received a folder: give the files in it',
      );
      expect(await rejection(readImage(folder.write('empty.jpg', '')))).to.contain(
        'but received an empty file: copy or download it again',
      );
      expect(await rejection(readImage(folder.path('dot.png/inside.jpg')))).to.contain('no file of that name');
    });

    it('a pipe is not waited for', async function () {
      try {
        execFileSync('mkfifo', [folder.path('pipe.jpg')]);
      } catch {
        this.skip();
      }
      expect(await rejection(readImage(folder.path('pipe.jpg')))).to.contain('a device or a pipe');
    });

    it('files that are no images are told what they are', async () => {
      const cases: [string, string | Uint8Array, string][] = [
        ['notes.jpg', 'Shopping list\n- milk\n', 'a text file'],
        ['page.jpg', '<!DOCTYPE html><html></html>', 'a web page'],
        ['paper.jpg', '%PDF-1.7\n%\xe2\xe3\xcf\xd3', 'a PDF document'],
        ['archive.jpg', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), 'a ZIP archive'],
        [
          'document.jpg',
          Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml'),
          'a ZIP archive or an office document',
        ],
        ['numbers.jpg', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), 'a gzip archive'],
        ['bitmap.jpg', Buffer.from('BM\x3a\0\0\0\0\0\0\0\x36\0\0\0'), 'a BMP image'],
        ['layers.jpg', Buffer.from('8BPS\0\x01\0\0\0\0\0\0\0\x03'), 'a Photoshop document'],
        ['film.jpg', Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2'), 'a video'],
        ['clip.jpg', Buffer.from('\0\0\0\x14ftypqt  \0\0\x02\0qt  '), 'a video'],
        ['matroska.jpg', Buffer.from('\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska', 'latin1'), 'a video'],
        ['sound.jpg', Buffer.from('fLaC\0\0\0\x22'), 'a file of the type audio/flac'],
        ['pointer.jpg', 'version https://git-lfs.github.com/spec/v1\n', 'a Git LFS pointer in place of the image'],
        ['bytes.jpg', Buffer.from([1, 2, 3, 250, 251, 252]), 'data in no format it knows'],
      ];
      for (const [name, content, kind] of cases) {
        const path = folder.write(name, content);
        const message = await rejection(readImage(path));
        expect(message).to.match(
          new RegExp(`^Expected .*${name} to be ${formats} but received ${kind}.*: convert it or leave it out$`),
        );
      }
    });

    it('images that are cut off, in every format', async () => {
      for (const format of ['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif'] as const) {
        const bytes = await noise(200, 150).toFormat(format).toBuffer();
        for (const part of [0.5, 0.95]) {
          const path = folder.write(`half.${format}`, bytes.subarray(0, Math.floor(bytes.length * part)));
          const message = await rejection(readImage(path));
          expect(message, format).to.equal(
            `Expected ${path} to be a complete image but received one that is cut off: copy or download it again`,
          );
        }
      }
      const jpeg = await noise(200, 150).jpeg().toBuffer();
      expect(await rejection(readImage(folder.write('stub.jpg', jpeg.subarray(0, 20))))).to.contain('cut off');
    });

    it('more pixels than maxPixels, before decoding, and the option to raise it', async () => {
      const path = folder.write('large.png', await plain(12000, 9000).png({ compressionLevel: 1 }).toBuffer());
      const started = performance.now();
      expect(await rejection(readImage(path))).to.equal(
        `Expected ${path} to be an image of at most 100 megapixels but received 12000 × 9000 = 108 megapixels: shrink it or raise maxPixels`,
      );
      expect(performance.now() - started).to.be.below(200);
      const image = await readImage(path, { maxPixels: 110e6, maxSide: 120 });
      expect([image.width, image.height, image.originalWidth]).to.deep.equal([120, 90, 12000]);
    });

    it('options out of range', async () => {
      const path = folder.path('dot.png');
      expect(await rejection(readImage(path, { maxPixels: 0 }))).to.equal(
        'Expected maxPixels to be a number of pixels > 0 but received 0',
      );
      expect(await rejection(readImage(path, { maxSide: 1.5 }))).to.contain('Expected maxSide');
    });
  });

  describeWithShared('genuine images', 'data/mit67/Images', (root) => {
    it('GIF bytes under a .jpg name', async () => {
      const { findImages } = await import('../../../../src/node/images/findImages.js');
      const { files } = await findImages([root]);
      expect(files).to.have.length.of.at.least(20);
      for (const file of files) {
        const image = await readImage(file);
        expect(image.pixels.length).to.equal(image.width * image.height * 3);
        if (file.endsWith('_gif.jpg')) {
          expect(image.format).to.be.oneOf(['gif', 'jpeg']);
        }
      }
    });
  });
});
