import { expect } from 'chai';
import { appendFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packedFeatureStore } from '../../../../src/node/features/packedFeatureStore.js';
import { temporaryFolder } from '../temporaryFolder.js';

const key = (image: string, model = 'network') => ({ model, image, preprocessing: 'warp 64' });
const features = (first: number) => ({ shape: [1, 2, 2], values: Float32Array.of(first, 0.5, -2, 6) });

describe('packedFeatureStore', () => {
  const folder = temporaryFolder();
  const fill = async (name: string, images: string[]) => {
    const store = packedFeatureStore(folder.path(name));
    for (const [i, image] of images.entries()) {
      await store.write(key(image), features(i));
    }
    store.close();
    const files = readdirSync(folder.path(name));
    return Object.fromEntries(files.map((file) => [file.split('.')[1], join(folder.path(name), file)]));
  };

  it('gives back what was written, in another process too, rounded to half precision at once', async () => {
    const store = packedFeatureStore(folder.path('again'));
    const written = await store.write(key('a'), { shape: [1], values: Float32Array.of(1 / 3) });
    store.close();
    const read = await packedFeatureStore(folder.path('again')).read(key('a'));
    expect(Array.from(read!.values)).to.deep.equal([0.333251953125]);
    expect(Array.from(written.values)).to.deep.equal([0.333251953125]);
  });

  it('knows nothing of other images and networks', async () => {
    await fill('others', ['a']);
    const store = packedFeatureStore(folder.path('others'));
    expect(await store.read(key('b'))).to.equal(null);
    expect(await store.read(key('a', 'another'))).to.equal(null);
    expect(store.has(key('a'))).to.equal(true);
  });

  it('leaves out a record that a killed writer did not finish, and goes on behind the last whole one', async () => {
    const { f16, index } = await fill('killed', ['a', 'b', 'c']);
    truncateSync(f16, statSync(f16).size - 3);
    const store = packedFeatureStore(folder.path('killed'));
    expect(['a', 'b', 'c'].map((image) => store.has(key(image)))).to.deep.equal([true, true, false]);
    await store.write(key('d'), features(9));
    store.close();
    const again = packedFeatureStore(folder.path('killed'));
    expect((await again.read(key('d')))!.values[0]).to.equal(9);
    expect((await again.read(key('b')))!.values[0]).to.equal(1);
    again.close();
    // data that no whole line of the index names
    appendFileSync(f16, new Uint8Array(8));
    appendFileSync(index, 'half a na');
    const third = packedFeatureStore(folder.path('killed'));
    await third.write(key('e'), features(7));
    expect((await third.read(key('e')))!.values[0]).to.equal(7);
  });

  it('begins anew where a killed writer has made an index and written nothing into it', async () => {
    const { index, f16 } = await fill('empty', ['a']);
    truncateSync(index, 0);
    const store = packedFeatureStore(folder.path('empty'));
    expect(store.has(key('a'))).to.equal(false);
    await store.write(key('b'), features(5));
    store.close();
    expect(statSync(f16).size).to.equal(2 * 4);
    const again = packedFeatureStore(folder.path('empty'));
    expect((await again.read(key('b')))!.values[0]).to.equal(5);
    expect(again.has(key('a'))).to.equal(false);
    again.close();
  });

  it('refuses what is no index, by name', async () => {
    const { index } = await fill('odd', ['a']);
    writeFileSync(index, 'hello\n');
    expect(() => packedFeatureStore(folder.path('odd')).has(key('a'))).to.throw(
      /Expected .*\.index to be an index of cached features, version 1 but received something else: remove it/,
    );
  });
});
