import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { safetensors } from '../../../../src/formats/safetensors.js';
import { diskFeatureStore } from '../../../../src/node/features/diskFeatureStore.js';
import { expectError } from '../../../expectError.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

const key = { model: 'network 1', image: 'abc', preprocessing: 'warp 448' };
const features = { shape: [1, 2, 2], values: Float32Array.of(0.1, -2.5, 65504, 1e-7) };
/** 0.1 and 1e-7 in half precision: 1638 · 2⁻¹⁴ and 2 · 2⁻²⁴ */
const rounded = [1638 / 2 ** 14, -2.5, 65504, 2 / 2 ** 24];

function shards(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(folder, name));
}

describe('feature store on the disk', () => {
  const folder = temporaryFolder();

  it('feature: half precision comes back, from writing and from reading alike', async () => {
    const store = diskFeatureStore(folder.path('half'));
    expect(await store.read(key)).to.equal(null);
    const written = await store.write(key, features);
    expect([...written.values]).to.deep.equal(rounded);
    const again = await diskFeatureStore(folder.path('half')).read(key);
    expect(again).to.deep.equal(written);
    expect(again?.shape).to.deep.equal([1, 2, 2]);
  });

  it('feature: single precision on request', async () => {
    const store = diskFeatureStore(folder.path('single'), { precision: 'float32' });
    await store.write(key, features);
    expect(await store.read(key)).to.deep.equal(features);
  });

  it('feature: model, image and preprocessing each count', async () => {
    const store = diskFeatureStore(folder.path('keys'));
    await store.write(key, features);
    for (const other of [
      { ...key, model: 'network 2' },
      { ...key, image: 'abd' },
      { ...key, preprocessing: '' },
    ]) {
      expect(await store.read(other)).to.equal(null);
    }
  });

  it('feature: other tools read a shard: a tensor per image, what it is of in the metadata', async () => {
    const root = folder.path('tool');
    const store = diskFeatureStore(root);
    await Promise.all([store.write(key, features), store.write({ ...key, image: 'abd' }, features)]);
    const [shard, ...others] = shards(root);
    expect(others, 'written together').to.deep.equal([]);
    const file = await safetensors(readFileSync(shard));
    expect([...file.shapes]).to.deep.equal([
      ['abc', [1, 2, 2]],
      ['abd', [1, 2, 2]],
    ]);
    expect([...file.dtypes.values()]).to.deep.equal(['F16', 'F16']);
    expect([...(await file.read('abc'))]).to.deep.equal(rounded);
    expect([file.metadata.get('model'), file.metadata.get('preprocessing')]).to.deep.equal(['network 1', 'warp 448']);
  });

  it('feature: half-precision bits come back without widening; of float32 they are rounded', async () => {
    const root = folder.path('bits');
    const bits = Uint16Array.of(0x2e66, 0xc100, 0x7bff, 2);
    await diskFeatureStore(root).write(key, features);
    const store = diskFeatureStore(root);
    expect(await store.readHalves(key)).to.deep.equal({ shape: [1, 2, 2], bits });
    expect(await store.readHalves({ ...key, image: 'abd' })).to.equal(null);
    const wide = diskFeatureStore(folder.path('wide bits'), { precision: 'float32' });
    await wide.write(key, features);
    expect(await wide.readHalves(key)).to.deep.equal({ shape: [1, 2, 2], bits });
    await wide.write({ ...key, image: 'large' }, { shape: [1], values: Float32Array.of(1e5) });
    expect(await rejection(wide.readHalves({ ...key, image: 'large' }))).to.match(/between -65504 and 65504/);
  });

  it('feature: what another store writes later is found; what is written again counts', async () => {
    const root = folder.path('later');
    const [one, other] = [diskFeatureStore(root), diskFeatureStore(root)];
    expect(await one.has(key)).to.equal(false);
    await other.write(key, features);
    expect(await one.has(key)).to.equal(true);
    const second = { ...key, image: 'second' };
    expect(await one.read(second)).to.equal(null);
    await other.write(second, { shape: [1], values: Float32Array.of(1) });
    expect([...(await one.read(second))!.values]).to.deep.equal([1]);
    await other.write(second, { shape: [1], values: Float32Array.of(2) });
    expect([...(await other.read(second))!.values]).to.deep.equal([2]);
    expect([...(await diskFeatureStore(root).read(second))!.values]).to.deep.equal([2]);
  });

  it('feature: a folder at rest is not listed for every image that is missing', async () => {
    const root = folder.path('rest');
    await diskFeatureStore(root).write(key, features);
    const [shard] = shards(root);
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(dirname(shard), longAgo, longAgo);
    const store = diskFeatureStore(root);
    expect(await store.has({ ...key, image: 'none' })).to.equal(false);
    // Not seen, for the folder's time says that nothing has changed.
    copyFileSync(shard, shard.replace(/[^/]*$/, 'zzz.safetensors'));
    rmSync(shard);
    utimesSync(dirname(shard), longAgo, longAgo);
    expect(await store.read(key)).to.equal(null);
    utimesSync(dirname(shard), longAgo + 1, longAgo + 1);
    expect((await store.read(key))?.shape).to.deep.equal([1, 2, 2]);
  });

  it('feature: features are remembered as far as there is room', async () => {
    const root = folder.path('memory');
    const store = diskFeatureStore(root, { memory: 8 });
    const of = (image: string) => ({ ...key, image });
    await store.write(of('a'), { shape: [2], values: Float32Array.of(1, 2) });
    await store.write(of('b'), { shape: [2], values: Float32Array.of(3, 4) });
    expect((await store.read(of('b')))?.values).to.deep.equal(Float32Array.of(3, 4));
    shards(root).forEach((shard) => rmSync(shard));
    expect((await store.read(of('a')))?.values).to.deep.equal(Float32Array.of(1, 2));
    expect([await store.has(of('a')), await store.has(of('b'))]).to.deep.equal([true, true]);
    expect([await store.read(of('b')), await store.has(of('b'))]).to.deep.equal([null, false]);
    expectError(
      () => diskFeatureStore(root, { memory: NaN }),
      'Expected memory for diskFeatureStore to be a number of bytes >= 0 but received NaN',
    );
  });

  it('exception: another version and damage are told once, and computed anew', async () => {
    const notices: string[] = [];
    const root = folder.path('old');
    const open = () => diskFeatureStore(root, { notice: (sentence) => notices.push(sentence) });
    const store = open();
    await store.write(key, features);
    const [file] = shards(root);
    const whole = readFileSync(file);
    // As long as before, so that only the check sum tells.
    const changed = Buffer.from(whole);
    changed[changed.length - 1] ^= 1;
    for (const damaged of [whole.subarray(0, -1), changed, whole.subarray(0, 20), Buffer.alloc(0)]) {
      writeFileSync(file, damaged);
      expect(await store.read(key), `${damaged.length} bytes, known`).to.equal(null);
      expect(await open().read(key), `${damaged.length} bytes`).to.equal(null);
    }
    const damage = `The feature cache ${root} has damaged files: their features are computed anew`;
    expect(notices[0]).to.equal(damage);
    expect(existsSync(file), 'of no use to anybody').to.equal(false);
    const later = Buffer.from(whole);
    later.write('9', whole.indexOf('"weldonFeatures":"2"') + 18);
    writeFileSync(file, later);
    notices.length = 0;
    const another = open();
    expect([await another.read(key), await another.read(key)]).to.deep.equal([null, null]);
    expect(notices).to.deep.equal([
      `The feature cache ${root} was written by version 9 of its format, this is version 2: its features are computed anew`,
    ]);
    await another.write(key, features);
    expect((await another.read(key))?.shape).to.deep.equal([1, 2, 2]);
    expect(readFileSync(file).equals(later), 'left to its version').to.equal(true);
  });

  it('exception: one damaged image loses no other of its shard, and is told no more when it is written again', async () => {
    const notices: string[] = [];
    const root = folder.path('one of two');
    const open = () => diskFeatureStore(root, { notice: (sentence) => notices.push(sentence) });
    const second = { ...key, image: 'second' };
    const writing = open();
    await Promise.all([writing.write(key, features), writing.write(second, features)]);
    const [file] = shards(root);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(file, bytes);
    const reading = open();
    expect([(await reading.read(key))?.shape, await reading.read(second)]).to.deep.equal([[1, 2, 2], null]);
    expect(notices).to.have.length(1);
    await reading.write(second, features);
    for (const store of [reading, open()]) {
      expect((await store.read(second))?.shape).to.deep.equal([1, 2, 2]);
      expect((await store.read(key))?.shape).to.deep.equal([1, 2, 2]);
    }
    expect(notices).to.have.length(1);
  });

  it('exception: caches of earlier formats are told in one sentence and not read', async () => {
    for (const name of ['0123456789abcdef.index', '0123456789abcdef.f16', '0123456789abcdef0123456789abcdef']) {
      const root = folder.path(`earlier ${name}`);
      mkdirSync(root);
      writeFileSync(join(root, name), '{"version":1}');
      const notices: string[] = [];
      const store = diskFeatureStore(root, { notice: (sentence) => notices.push(sentence) });
      expect([await store.read(key), await store.has(key)]).to.deep.equal([null, false]);
      await store.write(key, features);
      expect((await store.read(key))?.shape).to.deep.equal([1, 2, 2]);
      expect(notices).to.deep.equal([
        `The feature cache ${root} holds features in the formats of version 0.1, which are not read: they are computed ` +
          'anew, and those files can be removed (*.f16, *.index, *.features)',
      ]);
      expect(existsSync(join(root, name))).to.equal(true);
    }
  });

  it('exception: a file where the folder should be, an unknown precision', async () => {
    const path = folder.write('in-the-way', '');
    expect(await rejection(diskFeatureStore(path).write(key, features))).to.match(
      /^Expected .* to be a (folder|file) to write/,
    );
    expectError(
      () => diskFeatureStore(path, { precision: 'int8' as 'float16' }),
      "Expected precision for diskFeatureStore to be 'float16' or 'float32' but received \"int8\"",
    );
  });

  it('feature: two processes write at once, one is killed in the middle, every file is whole', async () => {
    const root = folder.path('both');
    const script = fileURLToPath(new URL('./writeFeatures.ts', import.meta.url));
    const run = (count: number): ChildProcess =>
      spawn(process.execPath, ['--import', 'tsx', script, root, String(count)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const victim = run(1_000_000);
    const other = run(150);
    await once(victim.stdout as NodeJS.ReadableStream, 'data');
    const [code] = (await once(other, 'exit')) as [number];
    expect(code).to.equal(0);
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    const notices: string[] = [];
    const store = diskFeatureStore(root, { notice: (sentence) => notices.push(sentence) });
    for (let i = 0; i < 100; i++) {
      const found = await store.read({ model: 'm', image: `${i}`, preprocessing: 'p' });
      expect(
        found?.values.every((value) => value === i),
        `image ${i}`,
      ).to.equal(true);
    }
    expect(notices).to.deep.equal([]);
  });

  it('feature: has is true for whole files of this version only', async () => {
    const root = folder.path('has');
    const store = () => diskFeatureStore(root, { notice: () => undefined });
    expect(await store().has(key)).to.equal(false);
    await store().write(key, features);
    expect(await store().has(key)).to.equal(true);
    const [file] = shards(root);
    const whole = readFileSync(file);
    const later = Buffer.from(whole);
    later.write('9', whole.indexOf('"weldonFeatures":"2"') + 18);
    for (const other of [
      later,
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 12),
      whole.subarray(0, 6),
      Buffer.alloc(0),
    ]) {
      writeFileSync(file, other);
      expect(await store().has(key), `${other.length} bytes`).to.equal(false);
    }
    const wide = diskFeatureStore(folder.path('wide'), { precision: 'float32' });
    await wide.write(key, features);
    expect(await wide.has(key)).to.equal(true);
  });

  it('exception: numbers that are not finite, or too large for half precision, and nothing is written', async () => {
    const root = folder.path('finite');
    const store = diskFeatureStore(root);
    const write = (value: number) => rejection(store.write(key, { shape: [2], values: Float32Array.of(1, value) }));
    expect(await write(NaN)).to.equal('Expected features for a cache to be finite numbers but received NaN');
    expect(await write(-Infinity)).to.equal(
      'Expected features for a cache to be finite numbers but received -Infinity',
    );
    expect(await write(70000)).to.equal(
      'Expected features for a cache in float16 to be numbers between -65504 and 65504 but received 70000: keep float32',
    );
    expect(existsSync(root)).to.equal(false);
    const wide = diskFeatureStore(root, { precision: 'float32' });
    expect([...(await wide.write(key, { shape: [1], values: Float32Array.of(70000) })).values]).to.deep.equal([70000]);
  });

  it('exception: a full disk loses nothing, and the store goes on when there is room', function () {
    // A disk of 400 kB of its own, in a namespace where that is allowed.
    const disk = folder.path('disk');
    mkdirSync(disk);
    const script = fileURLToPath(new URL('./fullDisk.ts', import.meta.url));
    const mount = 'mount -t tmpfs -o size=400k none "$0"';
    if (spawnSync('unshare', ['-rm', 'sh', '-c', mount, disk]).status !== 0) {
      console.log('      skipped: no small disk can be mounted here');
      this.skip();
    }
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-rm', 'sh', '-c', `${mount} && exec "$1" --import tsx "$2" "$0"`, disk, process.execPath, script],
      { encoding: 'utf8' },
    );
    expect(stderr).to.equal('');
    const { failure, writtenBefore, kept, unfinished, keptAfter } = JSON.parse(stdout) as Record<string, number> & {
      failure: string;
    };
    expect(failure).to.match(
      /^Expected .*\.safetensors to be written but received a full disk: make room or choose another folder$/,
    );
    expect(writtenBefore).to.be.within(5, 7); // 300 kB of 40 kB each
    expect({ kept, unfinished, keptAfter }).to.deep.equal({
      kept: writtenBefore,
      unfinished: 0,
      keptAfter: writtenBefore + 1,
    });
  });
});
