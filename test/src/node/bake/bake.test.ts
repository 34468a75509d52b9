import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeldonError } from '../../../../src/errors.js';
import type { BakeJob, BakeRecipe } from '../../../../src/node/bake/bakeJob.js';
import { beginRun, findRun, openRun, recipeId, scanRun, shardId } from '../../../../src/node/bake/bakeRun.js';
import type { RunChunk } from '../../../../src/node/bake/bakeRun.js';
import type { RowMaker } from '../../../../src/node/bake/imageRows.js';
import { fileSource } from '../../../../src/node/bake/imageSource.js';
import { runInProcess, runJobs } from '../../../../src/node/bake/localWorkers.js';
import { lineOf, readLine, readPart, seenTexts, writeManifest } from '../../../../src/node/bake/manifest.js';
import type { ListedImage } from '../../../../src/node/bake/manifest.js';
import { readCommit, readShard } from '../../../../src/node/bake/shardFile.js';
import { folderSink, memorySink, openSink } from '../../../../src/node/bake/shardSink.js';
import type { ShardSink } from '../../../../src/node/bake/shardSink.js';
import { runJob, workerWith } from '../../../../src/node/bake/worker.js';
import { writeError } from '../../../../src/node/storage/atomicWrite.js';
import { refusal } from '../../../refusal.js';

const sha = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

const recipe: BakeRecipe = {
  task: 'scores',
  model: null,
  modelHash: 'abc',
  layer: null,
  resize: { rule: 'warp', size: 32 },
  input: { colorOrder: 'rgb', scale: 1, offset: 0 },
  engine: 'cpu',
  dtype: 'float32',
};
const made = { recipe, classNames: ['a', 'b'], chunk: 4 };
const silent = { notice: () => undefined };

/** Scores of an image are the two first bytes of its file. */
const maker: RowMaker<Buffer> = {
  prepare: async (bytes, key) => {
    if (bytes.length < 2) {
      throw new WeldonError(`Expected ${key} to be an image`);
    }
    return bytes;
  },
  compute: async (images) =>
    images.map((bytes) => ({
      width: bytes.length,
      height: 1,
      numbers: { scores: { shape: [2], values: Float32Array.of(bytes[0], bytes[1]) } },
    })),
};

async function begin(sink: ShardSink, images: readonly ListedImage[]) {
  const run = await beginRun(sink, made, images, silent);
  const network = { maker: maker as RowMaker, lanes: 1, dispose: async () => undefined };
  return { run, worker: workerWith(run, sink, network) };
}

async function chunksOf(sink: ShardSink, foreign: string[] = []): Promise<RunChunk[]> {
  const chunks: RunChunk[] = [];
  for await (const chunk of scanRun(sink, await openRun(sink), { onForeign: (name) => foreign.push(name) })) {
    chunks.push(chunk);
  }
  return chunks;
}

describe('a bake', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weldon-bake-'));
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => writeFile(join(folder, `${i}.jpg`), i === 5 ? '' : Buffer.of(i, 7, 0))),
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const images = () => Array.from({ length: 10 }, (_, i) => ({ key: join(folder, `${i}.jpg`) }));

  it('smoke: lines of a manifest say what was said, whatever the name', () => {
    expect(lineOf({ key: 'a b.jpg', size: 7, etag: '"x y"' })).to.equal('a b.jpg\tsize=7\tetag="xy"');
    for (const image of [
      { key: '/a/ü ☂.jpg' },
      { key: 'a\tb\nc', size: 0 },
      { key: '"quoted"' },
      { key: 's3://b/k', etag: 'q' },
    ]) {
      expect(readLine(lineOf(image))).to.deep.equal(image);
      expect(lineOf(image)).to.not.include('\n');
    }
  });

  it('feature: a manifest is cut into parts named by their hashes; an image that comes twice is taken once', async () => {
    const sink = memorySink();
    const said: string[] = [];
    const keys = ['a', 'b', 'a', 'c', 'b', 'a'].map((key) => ({ key }));
    const parts = await writeManifest(sink, keys, { notice: (sentence) => said.push(sentence), partLines: 2 });
    expect(parts).to.deep.equal([
      { name: `manifest/000000000000-${sha('a\nb\n').slice(0, 16)}.txt`, first: 0, lines: 2 },
      { name: `manifest/000000000002-${sha('c\n').slice(0, 16)}.txt`, first: 2, lines: 1 },
    ]);
    expect(said).to.deep.equal(['3 of the images are listed twice and taken once: a …']);
    expect(await readPart(sink, parts[0].name)).to.deep.equal(['a', 'b']);
    await sink.put(parts[0].name, Buffer.from('a\nx\n'));
    expect(await refusal(readPart(sink, parts[0].name))).to.match(/to be as it was written but received another list/);
    await sink.remove(parts[0].name);
    expect(await refusal(readPart(sink, parts[0].name))).to.match(/but received none: it was removed under its run/);
    expect(await refusal(writeManifest(sink, [], silent))).to.equal(
      'Expected the manifest to be a list of one image or more but received an empty one',
    );
    const isSeen = seenTexts();
    const texts = Array.from({ length: 20_000 }, (_, i) => `image ${i}`);
    expect(texts.filter(isSeen)).to.have.length(0);
    expect(texts.filter(isSeen)).to.have.length(20_000);
  });

  it('feature: ids and bytes of a shard, by hand', async () => {
    const sink = memorySink();
    const { run, worker } = await begin(sink, images().slice(0, 6));
    const words = 'pixels 1: warp 32; rgb, times 1, plus 0';
    const fields = [
      ['dtype', 'float32'],
      ['engine', 'cpu'],
      ['layer', null],
      ['modelHash', 'abc'],
      ['task', 'scores'],
    ];
    expect(run.id).to.equal(sha(JSON.stringify([1, words, fields, ['a', 'b']])).slice(0, 32));
    expect(recipeId({ ...recipe, model: '/elsewhere' }, ['a', 'b'])).to.equal(run.id);
    expect(recipeId({ ...recipe, engine: 'wasm' }, ['a', 'b'])).to.not.equal(run.id);
    const [first, second] = (await chunksOf(sink)).map(({ job }) => job);
    expect(JSON.stringify({ ...second, out: '/data/bake' }).length).to.be.below(220);
    const keys = images().map(({ key }) => key);
    const id = `000000000004-${sha([run.id, keys[4], keys[5]].join('\n')).slice(0, 32)}`;
    expect(shardId(run.id, 4, keys.slice(4, 6))).to.equal(id);
    expect(await runJob(second, worker)).to.deep.equal({ id, rows: 1, bad: 1, computed: true });
    expect(await runJob(second, worker)).to.deep.equal({ id, rows: 1, bad: 1, computed: false });
    const header =
      '{"__metadata__":{"weldonShard":"1","task":"scores"},"scores":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    const length = 8 * Math.ceil(header.length / 8);
    const data = Buffer.alloc(8 + length + 8, ' ');
    data.writeBigUInt64LE(BigInt(length), 0);
    data.write(header, 8);
    data.writeFloatLE(4, 8 + length);
    data.writeFloatLE(7, 12 + length);
    expect(Buffer.from((await sink.get(`shards/${id}.safetensors`))!)).to.deep.equal(data);
    expect(JSON.parse(Buffer.from((await sink.get(`shards/${id}.json`))!).toString())).to.deep.equal({
      weldonShard: 1,
      id,
      recipe: run.id,
      first: 4,
      keys: keys.slice(4, 6),
      rows: [{ line: 0, sha256: sha(Buffer.of(4, 7, 0)), width: 3, height: 1 }],
      bad: [{ line: 1, reason: `Expected ${keys[5]} to be an image` }],
      dim: [2],
      data: { name: `${id}.safetensors`, bytes: data.length, sha256: sha(data) },
    });
    expect((await chunksOf(sink)).map(({ shards, missing }) => [shards.length, missing.length])).to.deep.equal([
      [0, 1],
      [1, 0],
    ]);
    expect(await refusal(runJob({ ...first, recipe: 'x' }, worker))).to.match(/one of another$/);
    expect(await refusal(runJob({ ...first, to: 99 }, worker))).to.match(/^Expected the lines of a job to be within/);
  });

  it('feature: a job whose images went in alone is done when all of them are there, and never twice', async () => {
    const sink = memorySink();
    const { run, worker } = await begin(sink, images());
    const [{ job }] = await chunksOf(sink);
    const alone = (i: number): BakeJob => ({ ...job, from: i, to: i + 1 });
    for (const i of [0, 1, 3]) {
      await runJob(alone(i), worker);
    }
    const foreign: string[] = [];
    await sink.put('shards/000000000001-ffff.json', Buffer.from('{}'));
    await sink.put('shards/000000000099-ffff.json', Buffer.from('{}'));
    const [split, , last] = await chunksOf(sink, foreign);
    expect(split.shards.map(({ first }) => first)).to.deep.equal([0, 1, 3]);
    expect(split.missing).to.deep.equal([alone(2)]);
    expect(last.missing.map(({ from, to }) => [from, to])).to.deep.equal([[8, 10]]);
    expect(foreign).to.deep.equal(['000000000001-ffff', '000000000099-ffff']);
    await runJob(alone(2), worker);
    expect((await chunksOf(sink))[0].missing).to.deep.equal([]);
    await runJob(job, worker);
    const [whole] = await chunksOf(sink);
    expect(whole.shards.map(({ lines }) => lines)).to.deep.equal([4]);
    expect(run.lines).to.equal(10);
  });

  it('feature: jobs run beside one another; lost ones are tried again, a full disk ends all', async () => {
    const sink = memorySink();
    const { worker } = await begin(sink, images());
    const jobs = async function* () {
      yield* (await chunksOf(sink)).flatMap(({ missing }) => missing);
    };
    let calls = 0;
    const runner = runInProcess(worker);
    const flaky = {
      ...runner,
      run: (job: BakeJob) => (calls++ === 0 ? Promise.reject(new Error('away')) : runner.run(job)),
    };
    const results = [];
    for await (const result of runJobs(jobs(), flaky)) {
      results.push(result);
    }
    expect(results.map((result) => ('reason' in result ? 0 : result.rows + result.bad)).sort()).to.deep.equal([
      2, 4, 4,
    ]);
    expect(calls).to.equal(4);

    const full: ShardSink = {
      ...memorySink(),
      put: async (name) => {
        throw writeError(`/out/${name}`, Object.assign(new Error(), { code: 'ENOSPC' }));
      },
    };
    const stuck = runInProcess({ ...worker, sink: { ...full, get: sink.get } });
    const again = async () => {
      await sink.remove((await firstShard(sink))!);
      for await (const _ of runJobs(jobs(), stuck)) {
        // to the end
      }
    };
    expect(await refusal(again())).to.match(/to be written but received a full disk: make room/);
    const stop = new AbortController();
    stop.abort();
    for await (const _ of runJobs(jobs(), runner, { signal: stop.signal })) {
      throw new Error('began after the stop');
    }
  });

  it('feature: an image that changed since it was listed is a bad row', async () => {
    const sink = folderSink(join(folder, 'sized'));
    const { worker } = await begin(sink, [
      { key: join(folder, '0.jpg'), size: 3 },
      { key: join(folder, '1.jpg'), size: 4 },
    ]);
    const [{ job }] = await chunksOf(sink);
    const { id } = await runJob(job, worker);
    const commit = (await readCommit(sink, id))!;
    expect(commit.bad).to.deep.equal([
      {
        line: 1,
        reason: `Expected ${join(folder, '1.jpg')} to be of 4 bytes, as it was listed but received 3: it was changed under the bake`,
      },
    ]);
    expect([...(await readShard(sink, commit)).numbers.get('scores')!.values]).to.deep.equal([0, 7]);
    await writeFile(join(sink.location, 'shards', commit.data!.name), 'x');
    expect(await refusal(readShard(sink, commit))).to.match(/to be as it was written but received other bytes/);
  });

  it('exception: places that are something else, another version, addresses, lists', async () => {
    const sink = folderSink(join(folder, 'foreign'));
    await sink.put('holiday.txt', Buffer.from('mine'));
    expect(await refusal(begin(sink, images()))).to.match(/one that holds holiday.txt: it stays as it is/);
    expect(await readFile(join(sink.location, 'holiday.txt'), 'utf8')).to.equal('mine');
    const later = memorySink();
    await later.put('bake.json', Buffer.from('{"weldonBake":7}'));
    expect(await refusal(findRun(later))).to.match(/a bake of version 1 but received one of version 7/);
    await later.put('bake.json', Buffer.from('{}'));
    expect(await refusal(findRun(later))).to.match(/a bake.json that this program did not write/);
    expect(await refusal(openRun(memorySink()))).to.match(/one without bake.json: weldon bake begins one/);
    expect(await refusal(openSink('ftp://a/b'))).to.match(/begins with ftp:/);

    const text = `\ufeff0.jpg\r\n\r\n/abs/1.jpg\tsize=3\ns3://bucket/2.jpg\n`;
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
      await writeFile(join(folder, 'list.txt'), bytes);
      const listed: ListedImage[] = [];
      for await (const image of fileSource().list(join(folder, 'list.txt'), silent)) {
        listed.push(image);
      }
      expect(listed).to.deep.equal([
        { key: join(folder, '0.jpg') },
        { key: '/abs/1.jpg', size: 3 },
        { key: 's3://bucket/2.jpg' },
      ]);
    }
    for (const key of ['file://elsewhere/0.jpg', 'file:///%zz.jpg']) {
      expect(await refusal(fileSource().read(key, { maxBytes: 9 }))).to.match(
        /to be a path, or the address of a file here/,
      );
    }
    const none = async () => {
      for await (const _ of fileSource().list(join(folder, 'no list.txt'), silent)) {
        // none
      }
    };
    expect(await refusal(none())).to.match(/no list.txt to be a list of images, a line each/);
  });
});

async function firstShard(sink: ShardSink): Promise<string | null> {
  for await (const name of sink.list('shards/')) {
    if (name.endsWith('.json')) {
      return name;
    }
  }
  return null;
}
