import { expect } from 'chai';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { indexImages } from '../../../../src/commands/index/indexImages.js';
import { evaluateSearch } from '../../../../src/commands/search/evaluateSearch.js';
import { findDuplicates } from '../../../../src/commands/search/findDuplicates.js';
import { forgetMetric, learnFromFeedback } from '../../../../src/commands/search/learnFromFeedback.js';
import { readFilter } from '../../../../src/commands/search/options.js';
import { searchCatalogue } from '../../../../src/commands/search/searchCatalogue.js';
import { resultInWords } from '../../../../src/commands/search/searchPage.js';
import { keepMetric } from '../../../../src/search/catalogue.js';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import { startRuntime } from '../../../../src/node/runtime/startRuntime.js';
import { normalDraws } from '../../../../src/random.js';
import { refusal } from '../../../refusal.js';
import { writeTinyModel } from '../tinyModel.js';

let folder: string;
let model: string;
const size = 64;

/** An image of stripes of one of some colours, different for every number. */
async function writeImage(path: string, kind: number, seed: number, side = 80): Promise<void> {
  const noise = normalDraws(side * side * 3, 12, seed);
  const data = Uint8Array.from(noise, (value, i) => {
    const [channel, x] = [i % 3, Math.floor(i / 3) % side];
    const bright = channel === kind % 3 ? 200 : 40 + 40 * ((x >> (1 + (kind % 4))) % 2);
    return Math.min(255, Math.max(0, bright + value));
  });
  await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}

async function writeImages(to: string, count: number): Promise<void> {
  await mkdir(to, { recursive: true });
  await Promise.all(Array.from({ length: count }, (_, i) => writeImage(join(to, `${i}.png`), i, i)));
}

const bake = (paths: readonly string[], out: string, more: object = {}) =>
  indexImages(paths, { out, model, size, notice: () => undefined, ...more });

describe('weldon index and weldon search', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weldon-index-'));
    model = join(folder, 'model');
    await writeTinyModel(model);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('feature: a catalogue follows its images by content', async () => {
    const [photos, out] = [join(folder, 'photos'), join(folder, 'catalogue')];
    await writeImages(photos, 12);
    const first = await bake([photos], out);
    expect(first).to.include({ items: 12, added: 12, embedded: 12, stopped: 'finished' });
    expect(await bake([photos], out)).to.include({ items: 12, unchanged: 12, embedded: 0 });

    await rename(join(photos, '1.png'), join(photos, 'one.png'));
    await rm(join(photos, '2.png'));
    await writeImage(join(photos, '3.png'), 3, 99);
    await writeImage(join(photos, 'new.png'), 5, 98);
    await cp(join(photos, '4.png'), join(photos, 'copy of 4.png'));
    const next = await bake([photos], out);
    expect(next).to.include({ added: 2, changed: 1, gone: 1, renamed: 1, unchanged: 9, embedded: 2, items: 13 });

    const { groups } = await findDuplicates({ catalogue: out });
    expect(groups[0]).to.deep.equal({ kind: 'identical', ids: ['4.png', 'copy of 4.png'], similarity: 1 });
    // Images of other folders stay.
    await writeImages(join(folder, 'more'), 2);
    expect(await bake([join(folder, 'more')], out)).to.include({ items: 15, gone: 0 });
    expect((await readdir(out)).filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it("feature: a catalogue weighted by WELDON's evidence, and one of another engine", async () => {
    const [photos, out] = [join(folder, 'weighted'), join(folder, 'weighted catalogue')];
    await writeImages(photos, 6);
    expect(await bake([photos], out, { pooling: 'weldon' })).to.include({ items: 6, embedded: 6 });
    expect(await bake([photos], out)).to.include({ unchanged: 6 });
    const image = join(photos, '4.png');
    expect((await searchCatalogue({ catalogue: out, image })).hits[0].id).to.equal('4.png');
    expect(await refusal(bake([photos], out, { pooling: 'gap' }))).to.contain('with pooling "weldon, weighted"');

    const store = await openStore(out);
    const { engine } = (await store.info()).description;
    await store.close();
    const { engine: other } = await startRuntime({ backend: 'wasm' });
    const notices: string[] = [];
    const notice = (sentence: string) => notices.push(sentence);
    expect((await searchCatalogue({ catalogue: out, image, engine: other, notice })).hits[0].id).to.equal('4.png');
    expect(notices).to.deep.equal([
      `The catalogue was made on ${engine} and is searched on wasm: scores differ in the fourth digit`,
    ]);
    await startRuntime({ backend: 'cpu' });
  });

  it('feature: judgements that Euclid ranks right teach nothing; what was learnt is used, said, and taken back', async () => {
    const [photos, out] = [join(folder, 'judged'), join(folder, 'judged catalogue')];
    await writeImages(photos, 12);
    await bake([photos], out);
    const store = await openStore(out);
    const ids = Array.from({ length: 12 }, (_, i) => `${i}.png`);
    const rows = await store.get(ids);
    const lines = ids.map((id, i) =>
      JSON.stringify({
        time: new Date(0).toISOString(),
        query: [Array.from(rows[i]!.vectors[0])],
        like: [id],
        unlike: [ids[(i + 1) % 12], 'gone.png'],
      }),
    );
    const feedback = join(folder, 'likes.jsonl');
    const byExamples = JSON.stringify({ time: '', query: [], like: ['1.png'], unlike: ['2.png'] });
    await writeFile(feedback, `${[...lines, byExamples].join('\n')}\n`);
    const notices: string[] = [];
    const learnt = await learnFromFeedback({ catalogue: out, feedback, notice: (sentence) => notices.push(sentence) });
    expect(learnt).to.include({ searches: 12, pairs: 12, passedOver: 1, wins: false, used: false });
    expect(learnt.euclid).to.deep.equal({ value: 1, low: 1, high: 1 });
    expect(notices[0]).to.match(/^1 of 13 judgements are passed over/);

    const search = () => searchCatalogue({ catalogue: out, image: join(photos, '3.png'), windows: 0 });
    const before = await search();
    expect(before.metric).to.equal('euclid');
    const dimensions = rows[0]!.vectors[0].length - 1;
    await keepMetric(store, { weights: new Float32Array(dimensions).fill(2), searches: 12 });
    const after = await search();
    expect(after.metric).to.equal('learnt');
    expect(resultInWords(after)).to.match(/Scores are by what was learnt of likes and unlikes\.$/);
    expect(after.hits[0].id).to.equal('3.png');
    expect(after.similarity).to.be.above(before.similarity);
    expect(await forgetMetric({ catalogue: out })).to.equal(true);
    expect(await forgetMetric({ catalogue: out })).to.equal(false);
    expect((await search()).similarity).to.equal(before.similarity);
    await keepMetric(store, { weights: new Float32Array(3), searches: 12 });
    await store.close();
    expect(await refusal(search())).to.contain('take it back with weldon search --forget');
    expect(await forgetMetric({ catalogue: out })).to.equal(true);
  });

  it('feature: what a server was given stays, unless it is pruned or has a file now', async () => {
    const [photos, out] = [join(folder, 'beside a server'), join(folder, 'served catalogue')];
    await writeImages(photos, 4);
    await bake([photos], out);
    const store = await openStore(out);
    const [row] = await store.get(['3.png']);
    const put = ['put.png', '4.png'].map((id) => ({
      ...row!,
      id,
      meta: { ...row!.meta, sha256: id, color: 'red', put: id },
    }));
    await store.upsert(put);
    await store.close();
    await mkdir(join(out, 'added'));
    await Promise.all(put.map(({ id }) => writeFile(join(out, 'added', id), 'its image')));
    expect(await bake([photos], out)).to.include({ items: 6, gone: 0 });
    await writeImage(join(photos, '4.png'), 4, 4);
    expect(await bake([photos], out)).to.include({ items: 6, changed: 1 });
    expect(await readdir(join(out, 'added'))).to.deep.equal(['put.png']);
    expect(await bake([photos], out, { prune: true })).to.include({ items: 5, gone: 1 });
    expect(await readdir(join(out, 'added'))).to.deep.equal([]);
  });

  it('feature: finds, filters, evaluates, draws; what is gone is told', async () => {
    const [photos, out] = [join(folder, 'labelled'), join(folder, 'labelled catalogue')];
    await writeImages(photos, 12);
    const lines = Array.from({ length: 12 }, (_, i) => `${i}.png,${i},${i % 2 === 0 ? 'even' : 'odd'}`);
    const meta = join(photos, 'items.csv');
    await writeFile(meta, `path,price,kind\n${lines.join('\n')}\n`);
    await bake([photos], out, { meta });
    const query = join(photos, '7.png');
    const found = await searchCatalogue({ catalogue: out, image: query, out: join(folder, 'found') });
    expect(found.hits[0].id).to.equal('7.png');
    expect(found.hits[0].meta).to.deep.equal({ price: 7, kind: 'odd' });
    expect((await readdir(join(folder, 'found'))).filter((name) => !name.startsWith('.')).sort()).to.deep.equal([
      'index.html',
      'search.png',
    ]);
    const filter = readFilter('kind=even,price=2..8') as Record<string, string>;
    const even = await searchCatalogue({ catalogue: out, image: query, filter });
    expect(even.hits.map(({ id }) => id).sort()).to.deep.equal(['2.png', '4.png', '6.png', '8.png']);
    const like = await searchCatalogue({ catalogue: out, like: ['3.png'], unlike: ['4.png'], top: 3 });
    expect(like.hits).to.have.length(3);

    const truth = join(photos, 'truth.csv');
    await writeFile(truth, 'query,relevant,x0,y0,x1,y1\n7.png,7.png,0,0,80,80\n5.png,5.png,0,0,80,80\n');
    const page = join(folder, 'measured');
    const { methods, queries, differences, files } = await evaluateSearch({ catalogue: out, truth, out: page });
    expect([queries, methods.map(({ name }) => name)]).to.deep.equal([2, ['search', 'whole image']]);
    const [search, whole] = methods;
    differences.forEach(({ name, value }, i) => {
      expect(value, name).to.be.closeTo(search.metrics[i].value - whole.metrics[i].value, 1e-9);
    });
    expect(files).to.deep.equal([join(page, 'index.html')]);
    const markup = await readFile(files[0], 'utf8');
    expect(markup)
      .to.match(/2 queries · 12 items/)
      .and.match(/found first/)
      .and.match(/difference, query by query/);
    expect(markup.match(/class="line top"/g)!.length).to.be.at.least(2);
    expect(whole.metrics.find(({ name }) => name === 'R@1')).to.include({ value: 1, low: 1, high: 1 });
    expect(whole.metrics.find(({ name }) => name === 'box IoU')).to.include({ value: 1 });
    const json = join(photos, 'truth.json');
    await writeFile(json, JSON.stringify({ '7.png': ['7.png', 'elsewhere.png'] }));
    expect(await evaluateSearch({ catalogue: out, truth: json })).to.include({ unknown: 1 });

    await rm(query);
    const gone = await searchCatalogue({
      catalogue: out,
      image: join(photos, '5.png'),
      top: 12,
      out: join(folder, 'found'),
    });
    expect(gone.hits.find(({ id }) => id === '7.png')!.path).to.equal(null);
  });

  it('feature: a bake that was stopped can be searched and goes on', async () => {
    const [photos, out] = [join(folder, 'many'), join(folder, 'stopped')];
    await writeImages(photos, 70);
    const stop = new AbortController();
    const onImages = () => stop.abort();
    const first = await bake([photos], out, { signal: stop.signal, onImages });
    expect(first.stopped).to.equal('aborted');
    const second = await bake([photos], out);
    expect(second).to.include({ items: 70, stopped: 'finished' });
    expect(first.embedded + second.embedded).to.equal(70);
  });

  it('feature: images that cannot be read are told, the others are there; crops, names that are no ASCII', async () => {
    const [photos, out] = [join(folder, 'mixed'), join(folder, 'mixed catalogue')];
    await writeImages(photos, 4);
    await writeFile(join(photos, 'broken.jpg'), 'no image');
    await writeFile(join(photos, 'empty.png'), '');
    await writeImage(join(photos, 'größe ☂.png'), 3, 77, 1);
    const { refused, items } = await bake([photos], out, { crops: 2 });
    expect(items).to.equal(5);
    expect(refused.map(({ path }) => path).sort()).to.deep.equal([
      join(photos, 'broken.jpg'),
      join(photos, 'empty.png'),
    ]);
    const store = await openStore(out);
    const [row] = await store.get(['0.png']);
    await store.close();
    expect(row!.vectors).to.have.length(3);
    expect(row!.meta.boxes).to.have.length(3);
    const { hits } = await searchCatalogue({ catalogue: out, image: join(photos, 'größe ☂.png'), windows: 0 });
    expect(hits[0].id).to.equal('größe ☂.png');
    expect(await refusal(bake([photos], out, { crops: 3 }))).to.equal(
      'Expected crops for indexImages to be 2, as in the catalogue but received 3',
    );
    expect(await refusal(bake([photos], out, { size: 96 }))).to.match(/with size 64, but received 96/);
    expect(await refusal(bake([photos], out, { pooling: 'max' }))).to.match(/with pooling "gap", but received "weldon/);
  });

  it('feature: of two bakes into one catalogue at once the second is refused', async () => {
    const [photos, out] = [join(folder, 'photos'), join(folder, 'twice')];
    const both = await Promise.allSettled([bake([photos], out), bake([photos], out)]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    const { reason } = both.find((each) => each.status === 'rejected') as PromiseRejectedResult;
    expect((reason as Error).message).to.match(/^Expected the catalogue .* to be baked by one process at a time/);
  });

  it('exception: nothing to bake, no catalogue, wrong columns, unknown items and options', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await writeImages(join(folder, 'photos'), 12);
    await bake([join(folder, 'photos')], join(folder, 'catalogue'));
    await writeFile(join(folder, 'taken'), 'x');
    await mkdir(join(folder, 'same'));
    const [first] = await readdir(join(folder, 'photos'));
    for (const name of ['a.png', 'b.png']) {
      const bytes = await readFile(join(folder, 'photos', first));
      await writeFile(join(folder, 'same', name), Buffer.concat([bytes, Buffer.from(name)]));
    }
    const sentences: [() => Promise<unknown>, RegExp][] = [
      [
        () => bake([join(folder, 'same')], join(folder, 'none')),
        /to be different ones but received images that all look the same$/,
      ],
      [() => bake([empty], join(folder, 'none')), /a folder with images .* but received a folder without any$/],
      [() => bake([join(folder, 'nowhere')], join(folder, 'none')), /but received neither: check the path$/],
      [
        () => bake([join(folder, 'photos')], join(folder, 'taken')),
        /taken to be a folder to write into but received a file of that name/,
      ],
      [() => searchCatalogue({ catalogue: empty, like: ['a'] }), /a catalogue's folder, as weldon index makes it/],
      [
        () => searchCatalogue({ catalogue: join(folder, 'catalogue'), like: ['nine.png'] }),
        /but received "nine.png". Nearest: "/,
      ],
      [
        () => searchCatalogue({ catalogue: join(folder, 'catalogue') }),
        /to be an image or items to be like but received neither/,
      ],
      [() => searchCatalogue({ catalogue: 'x', tops: 3 } as never), /received "tops". Nearest: "top"/],
      [
        () => evaluateSearch({ catalogue: join(folder, 'catalogue'), truth: join(folder, 'no.csv') }),
        /no file of that name/,
      ],
      [
        () => findDuplicates({ catalogue: join(folder, 'catalogue'), label: 'colour' }),
        /label to be a field of the catalogue/,
      ],
      [
        () => bake([join(folder, 'photos')], join(folder, 'none'), { meta: join(folder, 'photos', '0.png') }),
        /CSV file|not text|received/,
      ],
    ];
    for (const [run, sentence] of sentences) {
      expect(await refusal(run())).to.match(sentence);
    }
    expect(await readdir(folder)).to.not.include('x');
  });
});
