import { expect } from 'chai';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bakeImages } from '../../../../src/commands/bake/bakeImages.js';
import { bakeStatus } from '../../../../src/commands/bake/bakeStatus.js';
import { collectBake } from '../../../../src/commands/bake/collectBake.js';
import type { BakeImagesOptions } from '../../../../src/commands/bake/options.js';
import { indexImages } from '../../../../src/commands/index/indexImages.js';
import { searchCatalogue } from '../../../../src/commands/search/searchCatalogue.js';
import { safetensors } from '../../../../src/formats/safetensors.js';
import { computeFeatures } from '../../../../src/node/features/computeFeatures.js';
import { diskFeatureStore } from '../../../../src/node/features/diskFeatureStore.js';
import { loadModel } from '../../../../src/node/models/loadModel.js';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import type { ModelRecipe } from '../../../../src/models/recipe.js';
import { recipeParts } from '../../../../src/models/recipeMetadata.js';
import { refusal } from '../../../refusal.js';
import { smallImage } from '../../node/smallImages.js';
import { writeTinyModel } from '../tinyModel.js';

interface Line {
  key: string;
  error?: string;
  width?: number;
  vector?: number[];
  vectors?: number[][];
  boxes?: number[][];
  tags?: { tag: string; p: number }[];
  scores?: number[];
  classes?: string[];
  dim?: number[];
  features?: number[];
  maps?: number[];
}

let folder: string;
let photos: string;
const place = (name: string) => join(folder, name);

const bake = (task: BakeImagesOptions['task'], out: string, more: BakeImagesOptions = {}, sources = [photos]) =>
  bakeImages(sources, {
    ...{ task, out: place(out), model: place('model'), size: 32, chunk: 3, workers: 1, notice: () => undefined },
    ...more,
  });

async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function collect(out: string, name: string): Promise<string> {
  await collectBake(place(out), { to: place(name) });
  return place(name);
}

const rounded = (values: readonly number[] = []) => values.map((value) => Math.fround(value));

describe('weldon bake', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weldon-bake-command-'));
    photos = place('photos');
    await mkdir(photos);
    await writeTinyModel(place('model'));
    for (let i = 0; i < 7; i++) {
      await smallImage(join(photos, `${i}.png`), ['red'], i, 40 + i);
    }
    await writeFile(join(photos, 'bad.jpg'), 'no image');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('feature: what is there is not made again; bad images are rows; status and JSON lines tell all', async () => {
    const seen: number[] = [];
    const first = await bake('scores', 'scores', { onImages: (done) => seen.push(done) });
    expect(first).to.include({ images: 8, rows: 7, bad: 1, missing: 0, shards: 3, computed: 8, found: 0, foreign: 0 });
    expect(first.badImages[0].image).to.equal(join(photos, 'bad.jpg'));
    expect(seen.at(-1)).to.equal(8);
    expect(await bake('scores', 'scores')).to.include({ computed: 0, found: 8 });
    expect(await bakeImages([], { out: place('scores') })).to.include({ computed: 0, found: 8, task: 'scores' });
    expect(await bakeStatus(place('scores'))).to.include({ rows: 7, bad: 1, missing: 0, damaged: 0 });

    const lines = await linesOf(await collect('scores', 'scores.jsonl'));
    expect(lines.map(({ key }) => key)).to.deep.equal(
      ['0.png', '1.png', '2.png', '3.png', '4.png', '5.png', '6.png', 'bad.jpg'].map((name) => join(photos, name)),
    );
    expect(lines[7].error).to.match(/bad.jpg to be a JPEG/);
    expect(lines[6]).to.include({ width: 46 });
    expect(lines[0].scores).to.have.length(3);

    await bake('tags', 'tags', { top: 2 });
    const tags = await linesOf(await collect('tags', 'tags.jsonl'));
    const sum = lines[0].scores!.reduce((total, score) => total + Math.exp(score), 0);
    const best = Math.max(...lines[0].scores!);
    expect(tags[0].tags).to.have.length(2);
    expect(tags[0].tags![0].tag).to.equal(['red', 'green', 'blue'][lines[0].scores!.indexOf(best)]);
    expect(tags[0].tags![0].p).to.be.closeTo(Math.exp(best) / sum, 1e-6);

    const [name] = (await readdir(join(place('scores'), 'shards'))).filter((each) => each.endsWith('.safetensors'));
    await writeFile(join(place('scores'), 'shards', name), 'damaged');
    expect(await refusal(collectBake(place('scores'), { to: place('no.npy') }))).to.match(
      /received other bytes: weldon/,
    );
    expect(await readdir(folder)).to.not.include('no.npy');
    const checked = await bakeStatus(place('scores'), { check: true });
    expect(checked).to.include({ damaged: 1, missing: 3 });
    expect(checked.missingImages).to.have.length(3);
    expect(await bake('scores', 'scores')).to.include({ computed: 3, found: 5, missing: 0 });
  });

  it('feature: every format holds the same numbers', async () => {
    await bake('embeddings', 'vectors', { crops: 2 });
    const lines = (await linesOf(await collect('vectors', 'vectors.jsonl'))).filter(({ error }) => error === undefined);
    const vectors = lines.flatMap((line) => line.vectors!);
    expect(vectors.length).to.be.above(7);
    expect(vectors[0].reduce((sum, value) => sum + value * value, 0)).to.be.closeTo(1, 1e-6);
    expect(lines[6].boxes![0]).to.deep.equal([0, 0, 46, 46]);

    const npy = await readFile(await collect('vectors', 'vectors.npy'));
    const start = 10 + npy.readUInt16LE(8);
    expect(npy.toString('latin1', 10, start)).to.include(
      `'<f4', 'fortran_order': False, 'shape': (${vectors.length}, 4)`,
    );
    const numbers = Array.from({ length: vectors.length * 4 }, (_, i) => npy.readFloatLE(start + 4 * i));
    expect(npy.length).to.equal(start + 16 * vectors.length);
    expect(numbers).to.deep.equal(rounded(vectors.flat()));
    const rows = await linesOf(place('vectors.rows.jsonl'));
    expect(rows.filter(({ error }) => error === undefined)).to.have.length(vectors.length);

    const objects = await parquetReadObjects({ file: await bytesOf(await collect('vectors', 'vectors.parquet')) });
    expect(objects).to.have.length(vectors.length + 1);
    expect(objects.at(-1)!.error).to.match(/bad.jpg to be a JPEG/);
    expect(rounded(objects.slice(0, -1).flatMap(({ vector }) => vector as number[]))).to.deep.equal(numbers);
    expect(objects[0]).to.include({ key: join(photos, '0.png'), width: 40, height: 40 });

    const file = await safetensors(await bytesOf(await collect('vectors', 'other.safetensors')));
    expect(await refusal(collect('vectors', 'vectors.safetensors'))).to.match(/vectors\.rows\.jsonl to be a new file/);
    expect(await readdir(folder)).to.not.include('vectors.safetensors');
    expect([...(await file.read('vectors'))]).to.deep.equal(numbers);
    expect([...(await file.read('image'))]).to.deep.equal(lines.flatMap((line, i) => line.vectors!.map(() => i)));
  });

  it('feature: class maps in half precision; Parquet of tags and maps', async () => {
    await bake('heatmaps', 'maps', { top: 2 });
    const [first] = await linesOf(await collect('maps', 'maps.jsonl'));
    expect(first.dim).to.deep.equal([2, 15, 15]);
    expect(first.maps).to.have.length(2 * 15 * 15);
    expect(first.classes).to.have.length(2);
    expect(first.scores![0]).to.be.at.least(first.scores![1]);
    const npy = await readFile(await collect('maps', 'maps.npy'));
    expect(npy.toString('latin1', 10, 90)).to.include(`'<f2', 'fortran_order': False, 'shape': (7, 2, 15, 15)`);
    const buffer = await bytesOf(await collect('maps', 'maps.parquet'));
    const [row] = await parquetReadObjects({ file: buffer });
    expect(row.classes).to.deep.equal(first.classes);
    expect(rounded(row.maps as number[])).to.deep.equal(first.maps);
    const said = new Map(parquetMetadata(buffer).key_value_metadata!.map(({ key, value }) => [key, value]));
    expect(said.get('weldon.dim')).to.equal('[2,15,15]');

    await bake('tags', 'tags for parquet');
    const [tagged] = await parquetReadObjects({
      file: await bytesOf(await collect('tags for parquet', 'tags.parquet')),
    });
    expect((tagged.tags as object[])[0]).to.have.keys('tag', 'p');
    expect(await refusal(collect('tags for parquet', 'tags.npy'))).to.match(/to be jsonl, parquet for tags but/);
  });

  it('feature: features become a cache in which training finds them', async () => {
    await bake('features', 'features');
    const cache = place('cache');
    await collectBake(place('features'), { to: cache, format: 'cache' });
    const { model } = (await loadModel(place('model'))) as { model: Parameters<typeof computeFeatures>[0] };
    const recipe = recipeParts(model) as ModelRecipe;
    const images = Array.from({ length: 7 }, (_, i) => ({ path: join(photos, `${i}.png`), label: 0 }));
    const dataSet = { classNames: ['red'], images } as unknown as Parameters<typeof computeFeatures>[1];
    const store = diskFeatureStore(cache);
    const options = { recipe, batchSize: 4, shuffle: 0, layer: 'features', store, workers: 0 };
    expect(await computeFeatures(model, dataSet, options)).to.include({ found: 7, computed: 0 });
    const fresh = diskFeatureStore(place('fresh cache'));
    await computeFeatures(model, dataSet, { ...options, store: fresh });
    model.dispose();
    const lines = await linesOf(await collect('features', 'features.jsonl'));
    expect(lines[0].dim).to.deep.equal([15, 15, 4]);
    const [folderOf] = await readdir(cache);
    expect(await readdir(place('fresh cache'))).to.deep.equal([folderOf]);
  });

  it('feature: embeddings become a catalogue, which weldon index goes on with', async () => {
    await bake('embeddings', 'for catalogue', { crops: 1 });
    const catalogue = place('catalogue');
    const to = { to: catalogue, format: 'catalogue' as const };
    expect((await collectBake(place('for catalogue'), to)).files).to.deep.equal([catalogue]);
    const quiet = { notice: () => undefined };
    const { hits } = await searchCatalogue({ catalogue, image: join(photos, '3.png'), windows: 0, ...quiet });
    expect(hits[0]).to.deep.include({ id: '3.png', path: join(photos, '3.png'), width: 43 });
    const own = place('own catalogue');
    await indexImages([photos], { out: own, model: place('model'), size: 32, crops: 1, ...quiet });
    expect(await rowsOf(catalogue)).to.deep.equal(await rowsOf(own));
    expect(await indexImages([photos], { out: catalogue, ...quiet })).to.include({
      unchanged: 7,
      embedded: 0,
      items: 7,
    });
    expect(await refusal(collectBake(place('for catalogue'), to))).to.match(
      /one that has a catalogue: it stays as it is/,
    );
  });

  it('feature: listed first, then stopped, then gone on with', async () => {
    const listed = await bake('embeddings', 'listed', { list: true });
    expect(listed).to.include({ stopped: 'listed', missing: 8, rows: 0 });
    expect(await refusal(collect('listed', 'none.jsonl'))).to.match(/0 of 8 images done, 8 still to do: run it again$/);
    const stop = new AbortController();
    const stopped = await bake('embeddings', 'listed', { signal: stop.signal, onImages: () => stop.abort() });
    expect(stopped.stopped).to.equal('aborted');
    expect(stopped.missing).to.be.above(0);
    const partial = { to: place('partial.jsonl'), partial: true };
    expect((await collectBake(place('listed'), partial)).missing).to.equal(stopped.missing);
    expect(await bakeImages([], { out: place('listed'), workers: 1 })).to.include({
      missing: 0,
      found: stopped.rows + stopped.bad,
    });
  });

  it('exception: other images, options and models; somebody else’s folder; two at once; wrong tasks', async () => {
    await bake('embeddings', 'whole');
    const again = (more: BakeImagesOptions, sources?: string[]) => bake('embeddings', 'whole', more, sources);
    const other = place('other');
    await mkdir(other);
    await smallImage(join(other, '0.png'), ['blue'], 3);
    await writeFile(place('empty.txt'), '\n');
    const foreign = place('mine');
    await mkdir(foreign);
    await writeFile(join(foreign, 'letter.txt'), 'dear');
    const sentences: [() => Promise<unknown>, RegExp][] = [
      [() => again({}, [photos, other]), /to be the 8 that it was begun with but received others, 9: leave them out/],
      [
        () => again({ size: 48 }),
        /^Expected size for bakeImages to be 32, as .*whole was begun with, but received 48$/,
      ],
      [() => again({ task: 'tags' }), /^Expected task for bakeImages to be "embeddings", as/],
      [() => again({ chunk: 4 }), /^Expected chunk for bakeImages to be 3, as/],
      [() => again({ model: '' }), /^Expected model for bakeImages to be a text/],
      [() => bakeImages([photos], { out: place('whole'), size: 320, model: undefined }), /to be 32, as/],
      [() => bake('embeddings', 'mine'), /one that holds letter.txt: it stays as it is/],
      [
        () => bake('embeddings', 'new', {}, [place('empty.txt')]),
        /^Expected the manifest to be a list of one image or more/,
      ],
      [() => bake('embeddings', 'new', {}, [place('nowhere')]), /an image file or a folder with images/],
      [() => bake(undefined, 'new'), /^Expected task for bakeImages to be given for a new bake but received none$/],
      [() => bake('scores', 'new', { crops: 2 }), /^Expected crops for a bake to be given for embeddings only/],
      [() => bake('features', 'new', { layer: 'nine' }), /nine/],
      [() => bakeImages([photos], { tasks: 'x' } as never), /received "tasks". Nearest: "task"/],
      [() => bakeStatus(place('nowhere')), /one without bake.json: weldon bake begins one/],
      [() => collectBake(place('whole'), { to: place('x.csv') }), /said by its ending \(.jsonl, .npy/],
      [() => collectBake(place('whole'), { to: place('x'), format: 'cache' }), /a cache is made of features/],
      [
        () => collectBake(place('whole'), { to: 'postgres://me:secret@host/db', format: 'npy' }),
        /^Expected the format of the database to be catalogue for a database but received npy$/,
      ],
      [
        () => collectBake(place('whole'), { to: join(foreign, 'letter.txt'), format: 'npy' }),
        /one that is there already/,
      ],
    ];
    for (const [run, sentence] of sentences) {
      expect(await refusal(run())).to.match(sentence);
    }
    expect(await readdir(foreign)).to.deep.equal(['letter.txt']);
    const both = await Promise.allSettled([bake('scores', 'twice'), bake('scores', 'twice')]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    const { reason } = both.find((each) => each.status === 'rejected') as PromiseRejectedResult;
    expect((reason as Error).message).to.match(/^Expected the bake .* to be fed by one process at a time/);

    const [part] = await readdir(join(place('whole'), 'manifest'));
    await writeFile(join(place('whole'), 'manifest', part), 'changed\n');
    expect(await refusal(bakeImages([], { out: place('whole') }))).to.match(
      /to be as it was written but received another/,
    );
  });
});

async function rowsOf(catalogue: string): Promise<unknown[]> {
  const store = await openStore(catalogue);
  const rows = await store.get(['0.png', '6.png']);
  await store.close();
  return rows.map((row) => row && { ...row, vectors: row.vectors.map((vector) => [...vector]) });
}

async function bytesOf(path: string): Promise<ArrayBuffer> {
  const bytes = await readFile(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
