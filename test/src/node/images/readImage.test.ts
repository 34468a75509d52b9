import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import sharp from 'sharp';
import { readImage } from '../../../../src/node/images/readImage.js';
import { describeWithShared } from '../../../shared.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { grayPng, grayProfile, significantPng, tinyTiff } from './tinyImages.js';

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

    it('16 bits with a colour profile are brought to sRGB as 8 bits are', async () => {
      for (const profile of ['p3', 'srgb']) {
        const deep = await plain(4, 2).toColourspace('rgb16').withIccProfile(profile).png().toBuffer();
        const { depth, hasProfile } = await sharp(deep).metadata();
        expect([depth, hasProfile]).to.deep.equal(['ushort', true]);
        const { pixels } = await readImage(folder.write('profile.png', deep));
        [200, 100, 50].forEach((wanted, i) => expect(pixels[i], profile).to.be.closeTo(wanted, 1));
      }
      const profile = grayProfile(1);
      const [byte, word] = [8, 16].map((bits) => grayPng([64, 128, 200], bits as 8 | 16, profile));
      const wanted = [...(await readImage(folder.write('linear8.png', byte))).pixels];
      expect(wanted[0]).to.be.closeTo(137, 1); // 255 · (1.055 · (64/255)^(1/2.4) − 0.055)
      expect([...(await readImage(folder.write('linear16.png', word))).pixels]).to.deep.equal(wanted);
    });

    it('white of 16 bits is what the file says, and a guess is told', async () => {
      const largest = (value: number) => [[281, 3, 1, value]] as const;
      const cases: [Buffer, number[], RegExp | null][] = [
        [tinyTiff([0, 2048, 4095], 16, 'uint'), [0, 128, 255], /and no number above 4095, which is taken for white/],
        [tinyTiff([0, 2048, 4095], 16, 'uint', largest(4095)), [0, 128, 255], null],
        [tinyTiff([0, 514, 1023], 16, 'uint', largest(1023)), [0, 128, 255], null],
        [tinyTiff([0, 2048, 4095], 16, 'uint', largest(65535)), [0, 8, 15], null],
        [tinyTiff([0, 2048, 5000], 16, 'uint', largest(4095)), [0, 8, 19], null],
        [significantPng([0, 2048, 4095], 12), [0, 128, 255], null],
        [significantPng([0, 2048, 4095], 16), [0, 8, 15], null],
        [significantPng([0, 32896, 65535], 12), [0, 128, 255], null],
      ];
      for (const [i, [bytes, gray, sentence]] of cases.entries()) {
        const told: string[] = [];
        const { pixels } = await readImage(folder.write('white.img', bytes), { notice: (line) => told.push(line) });
        expect(
          [0, 1, 2].map((x) => pixels[3 * x]),
          String(i),
        ).to.deep.equal(gray);
        expect(told.length, String(i)).to.equal(sentence === null ? 0 : 1);
        if (sentence !== null) {
          expect(told[0]).to.match(sentence);
        }
      }
    });

    it('numbers of 12 in 16 bits, of 32 bits and floats from 0 to 1 have their own white', async () => {
      const cases: [string, Parameters<typeof tinyTiff>, number[]][] = [
        ['12 of 16 bits', [[0, 2048, 4095], 16, 'uint'], [0, 128, 255]],
        ['8 of 16 bits', [[0, 128, 255], 16, 'uint'], [0, 128, 255]],
        ['16 bits', [[0, 32896, 65535], 16, 'uint'], [0, 128, 255]],
        ['16 bits, signed', [[0, 2048, 4095], 16, 'int'], [0, 128, 255]],
        ['32 bits', [[0, 2048, 4095], 32, 'int'], [0, 128, 255]],
        ['32 bits, full', [[0, 32896, 65535], 32, 'uint'], [0, 128, 255]],
        ['floats', [[0, 0.5, 1], 32, 'float'], [0, 128, 255]],
      ];
      for (const [name, tiff, wanted] of cases) {
        const { pixels, width, height } = await readImage(folder.write('numbers.tif', tinyTiff(...tiff)));
        expect([width, height, pixels.length], name).to.deep.equal([3, 1, 9]);
        wanted.forEach((gray, i) => expect(pixels[3 * i], name).to.be.closeTo(gray, 1));
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

    it('HEIC is called so, whole or not, with the way to convert it; so are raw photos and newer formats', async () => {
      const box = (brand: string, ...others: string[]) =>
        Buffer.concat([
          Buffer.from([0, 0, 0, 16 + 4 * others.length]),
          Buffer.from(`ftyp${brand}\0\0\0\0${others.join('')}`),
          Buffer.alloc(400, 7),
        ]);
      for (const bytes of [box('heic', 'mif1', 'heic'), box('mif1', 'heic'), box('heix')]) {
        const path = folder.write('phone.jpg', bytes);
        expect(await rejection(readImage(path))).to.match(
          /but received a HEIC image, as iPhones take them: convert it to JPEG, on a Mac with sips .* heif-convert$/,
        );
      }
      const cases: [string | Buffer, string][] = [
        [Buffer.from('\xff\x0a' + 'x'.repeat(40), 'latin1'), 'a JPEG XL image: convert it'],
        [
          Buffer.from('\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 ', 'latin1'),
          'a JPEG 2000 image: convert it',
        ],
        [box('crx ', 'crx ', 'isom'), "a camera's raw photo"],
      ];
      for (const [bytes, kind] of cases) {
        expect(await rejection(readImage(folder.write('photo.jpg', bytes)))).to.contain(`but received ${kind}`);
      }
    });

    it('a raw photo in a TIFF file is not read as its thumbnail', async () => {
      const dng = tinyTiff([1, 2, 3], 8, 'uint', [[50706, 1, 4, 0x0401]]);
      expect(await rejection(readImage(folder.write('raw.tif', dng)))).to.contain("but received a camera's raw photo");
    });

    it('an SVG drawing never reaches the decoder, however it begins', async () => {
      const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
      for (const start of [
        '',
        '<?xml version="1.0"?>\n',
        '<!-- made by hand -->\n',
        '<!DOCTYPE svg>',
        '\uFEFF',
        '  \n',
      ]) {
        expect(await rejection(readImage(folder.write('drawing.png', start + svg))), start).to.match(
          /but received an SVG drawing: convert it or leave it out$/,
        );
      }
    });

    it('numbers of which nobody knows the white', async () => {
      const cases: [Parameters<typeof tinyTiff>, RegExp][] = [
        [[[-5, 2, 3000], 16, 'int'], /numbers from -5 to 3000/],
        [[[-5, 2, 3000], 32, 'int'], /numbers from -5 to 3000/],
        [[[1, 2, 70000], 32, 'uint'], /numbers from 1 to 70000/],
        [[[0, 1, 255], 32, 'float'], /numbers from 0 to 255/],
        [[[-1, 0, 1], 32, 'float'], /numbers from -1 to 1/],
        [[[NaN, 0, 1], 32, 'float'], /pixels that are no numbers/],
        [[[0, 0.5, 1], 64, 'float'], /numbers of another kind|numbers from/],
      ];
      for (const [tiff, words] of cases) {
        const message = await rejection(readImage(folder.write('odd.tif', tinyTiff(...tiff))));
        expect(message)
          .to.match(words)
          .and.not.match(/damaged|cut off/);
      }
    });

    it('a strip longer than JPEG allows, before decoding', async () => {
      const path = folder.write('strip.png', await plain(1, 70_000).png().toBuffer());
      expect(await rejection(readImage(path))).to.equal(
        `Expected ${path} to be an image of at most 65535 pixels a side but received 1 × 70000 pixels: cut or shrink it`,
      );
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
        `Expected ${path} to be an image of at most 100 megapixels but received 12000 × 9000 = 108 megapixels: shrink it or raise the limit (maxPixels; --max-megapixels of weldon heatmap)`,
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
