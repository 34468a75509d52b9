import { expect } from 'chai';
import sharp from 'sharp';
import { WeldonError } from '../../../../src/errors.js';
import { readAhead, readImages } from '../../../../src/node/images/readImages.js';
import { temporaryFolder } from '../temporaryFolder.js';

describe('readImages', () => {
  const folder = temporaryFolder();

  it('keeps the order and goes on after a refused file', async () => {
    const paths = [];
    for (const width of [3, 5, 7]) {
      const bytes = await sharp({ create: { width, height: 2, channels: 3, background: '#888' } })
        .png()
        .toBuffer();
      paths.push(folder.write(`${width}.png`, bytes));
    }
    paths.splice(1, 0, folder.write('notes.jpg', 'no image'));
    const seen = [];
    for await (const { path, image, error } of readImages(paths)) {
      seen.push([path, image?.width ?? error?.message]);
    }
    expect(seen.map(([path]) => path)).to.deep.equal(paths);
    expect([seen[0][1], seen[2][1], seen[3][1]]).to.deep.equal([3, 5, 7]);
    expect(seen[1][1]).to.contain('notes.jpg').and.to.contain('a text file');
  });

  it('reads so far ahead and no further', async () => {
    let started = 0;
    const read = async (path: string) => {
      started++;
      return path;
    };
    const results = readAhead(['a', 'b', 'c', 'd', 'e', 'f'], read, { ahead: 2 });
    expect((await results.next()).value).to.deep.equal({ path: 'a', image: 'a' });
    expect(started).to.equal(3);
    await results.next();
    expect(started).to.equal(4);
    await results.return();
    expect(started).to.equal(4);
  });

  it('an early stop waits for what is under way', async () => {
    let finished = 0;
    const read = async (path: string) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      finished++;
      return path;
    };
    for await (const { path } of readAhead(['a', 'b', 'c', 'd'], read, { ahead: 3 })) {
      expect(path).to.equal('a');
      break;
    }
    expect(finished).to.equal(4);
  });

  it('an error that is not about the file ends the loop with it', async () => {
    const read = (path: string) => (path === 'b' ? Promise.reject(new TypeError('a bug')) : Promise.resolve(path));
    const seen = [];
    try {
      for await (const { path } of readAhead(['a', 'b', 'c'], read)) {
        seen.push(path);
      }
      expect.fail('should have thrown');
    } catch (error) {
      expect(error).to.be.instanceOf(TypeError);
    }
    expect(seen).to.deep.equal(['a']);
  });

  it('refusals keep their class', async () => {
    for await (const { error } of readImages([folder.path('missing.jpg')])) {
      expect(error).to.be.instanceOf(WeldonError);
    }
  });
});
