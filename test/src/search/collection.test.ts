import { expect } from 'chai';
import { deflateRawSync } from 'node:zlib';
import { arrayRanges } from '../../../src/formats/byteRanges.js';
import { readZipDirectory, unzipEntry, writeZip } from '../../../src/formats/zip.js';
import type { Collection } from '../../../src/search/index.js';
import {
  collectionFiles,
  memoryStore,
  readCollection,
  unzipCollection,
  zipCollection,
} from '../../../src/search/index.js';
import { refusal } from '../../refusal.js';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function makeCollection(): Promise<Collection> {
  const store = memoryStore({
    ...{ model: 'm', size: 224, pooling: 'gap', pca: 'p', engine: 'e', version: 1, dimension: 3 },
  });
  await store.upsert([
    { id: 'a.jpg', vectors: [Float32Array.of(1, 0, 0.5)], meta: { color: 'red' } },
    { id: 'é.jpg', vectors: [Float32Array.of(0, 1, 0.5)] },
  ]);
  return {
    facts: {
      name: 'Two',
      count: 2,
      thumbnails: { side: 8, columns: 1, perSheet: 1, sheets: ['thumbnails-0.webp', 'thumbnails-1.webp'] },
      places: [0, 0, 1, 1],
    },
    store,
    sheets: [Uint8Array.of(1, 2), Uint8Array.of(3)],
  };
}

describe('a collection', () => {
  it('smoke: comes out of its zip as it went in', async () => {
    const collection = await makeCollection();
    const bytes = zipCollection(collection);
    expect(zipCollection(await makeCollection())).to.deep.equal(bytes);
    const { facts, store, sheets } = await unzipCollection(bytes);
    expect(facts).to.deep.equal(collection.facts);
    expect(sheets.map((sheet) => [...sheet])).to.deep.equal([[1, 2], [3]]);
    expect((await store.get(['é.jpg', 'a.jpg'])).map((row) => row?.meta)).to.deep.equal([{}, { color: 'red' }]);
  });

  it('feature: a zip that was packed again, in a folder, by deflate', async () => {
    const files = collectionFiles(await makeCollection());
    const stored = writeZip(files.map(({ name, bytes }) => ({ name: `two/${name}`, bytes })));
    expect((await unzipCollection(stored)).facts.name).to.equal('Two');
    const packed = deflateRawSync(Buffer.from('hello hello hello hello'));
    const entry = { name: 'a', size: 23, method: 8, packedSize: packed.length, header: 0 };
    const archive = writeZip([{ name: 'a', bytes: packed }]);
    expect(text(await unzipEntry(arrayRanges(archive), entry, 100))).to.equal('hello hello hello hello');
    expect(await refusal(unzipEntry(arrayRanges(archive), { ...entry, size: 5 }, 100))).to.equal(
      'Expected the archive to be a complete zip file but received a damaged entry a',
    );
    expect(await refusal(unzipEntry(arrayRanges(archive), { ...entry, size: 3e9 }, 5e8))).to.equal(
      'Expected the archive to be a complete zip file but received an entry a of 3000 MB, where 500 are taken',
    );
    expect([...(await readZipDirectory(arrayRanges(archive))).keys()]).to.deep.equal(['a']);
  });

  it('exception: what is no collection is refused in a sentence', async () => {
    const collection = await makeCollection();
    const facts = (changed: object) => [
      { name: 'collection.json', bytes: new TextEncoder().encode(JSON.stringify(changed)) },
    ];
    const refused: [Uint8Array, string][] = [
      [new Uint8Array(40), 'Expected my.zip to be the zip file of a collection but received a file of another kind'],
      [
        writeZip([{ name: 'photo.jpg', bytes: Uint8Array.of(1) }]),
        'Expected my.zip to be the zip file of a collection but received one without collection.json',
      ],
      [
        writeZip(facts({ a: 1 })),
        'Expected collection.json to be a collection of layout 1 but received JSON of something else',
      ],
      [
        writeZip(facts({ weldonCollection: 2 })),
        'Expected collection.json to be a collection of layout 1 but received a collection of layout 2',
      ],
      [
        writeZip(facts({ weldonCollection: 1, name: 'x', count: 2 })),
        'Expected collection.json to be whole but a part of it is missing or wrong: make the collection anew',
      ],
      [
        writeZip(facts({ weldonCollection: 1, ...collection.facts })),
        'Expected my.zip to be the zip file of a whole collection but received one without items.safetensors',
      ],
      [
        zipCollection(collection).slice(0, -30),
        'Expected my.zip to be a complete zip file but received one without its directory',
      ],
    ];
    for (const [bytes, sentence] of refused) {
      expect(await refusal(unzipCollection(bytes, 'my.zip'))).to.equal(sentence);
    }
    const files = new Map(collectionFiles(collection).map(({ name, bytes }) => [name, bytes]));
    const read = async (name: string) => files.get(name)!;
    files.set('collection.json', new TextEncoder().encode(text(files.get('collection.json')!).replace('"Two"', '5')));
    expect(await refusal(readCollection(read))).to.match(/^Expected collection.json to be whole/);
  });
});
