import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diskFeatureStore } from '../../../../src/node/features/index.js';
import { expectError } from '../../../expectError.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

const key = { model: 'network 1', image: 'abc', preprocessing: 'warp 448' };
const features = { shape: [1, 2, 2], values: Float32Array.of(0.1, -2.5, 65504, 1e-7) };
/** 0.1 and 1e-7 in half precision: 1638 · 2⁻¹⁴ and 2 · 2⁻²⁴ */
const rounded = [1638 / 2 ** 14, -2.5, 65504, 2 / 2 ** 24];

function files(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
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

  it('exception: another version and damage are told once, and computed anew', async () => {
    const notices: string[] = [];
    const root = folder.path('old');
    const store = diskFeatureStore(root, { notice: (sentence) => notices.push(sentence) });
    await store.write(key, features);
    const [file] = files(root, '.features');
    const whole = readFileSync(file);
    const later = Buffer.from(whole);
    later.writeUInt8(9, 4);
    writeFileSync(file, later);
    expect(await store.read(key)).to.equal(null);
    expect(await store.read(key)).to.equal(null);
    for (const damaged of [whole.subarray(0, 20), Buffer.alloc(0), Buffer.concat([whole, whole])]) {
      writeFileSync(file, damaged);
      expect(await store.read(key)).to.equal(null);
    }
    expect(notices).to.deep.equal([
      `The feature cache ${root} was written by version 9 of its format, this is version 1: its features are computed anew`,
      `The feature cache ${root} has damaged files: their features are computed anew`,
    ]);
    await store.write(key, features);
    expect((await store.read(key))?.shape).to.deep.equal([1, 2, 2]);
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
    const store = diskFeatureStore(root);
    expect(await store.has(key)).to.equal(false);
    await store.write(key, features);
    expect(await store.has(key)).to.equal(true);
    const [file] = files(root, '.features');
    const whole = readFileSync(file);
    const later = Buffer.from(whole);
    later.writeUInt8(9, 4);
    for (const other of [
      later,
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 12),
      whole.subarray(0, 6),
      Buffer.alloc(0),
    ]) {
      writeFileSync(file, other);
      expect(await store.has(key), `${other.length} bytes`).to.equal(false);
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

  it('feature: what a killed process left an hour ago goes with the next write, what is being written stays', async () => {
    const root = folder.path('leftovers');
    await diskFeatureStore(root).write(key, features);
    const [file] = files(root, '.features');
    const [old, young] = [`${file}.old.part`, `${file}.young.part`];
    [old, young].forEach((path) => writeFileSync(path, 'half'));
    const longAgo = Date.now() / 1000 - 7200;
    utimesSync(old, longAgo, longAgo);
    await diskFeatureStore(root).write(key, features);
    expect([existsSync(old), existsSync(young)]).to.deep.equal([false, true]);
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
      /^Expected .*\.features to be written but received a full disk: make room or choose another folder$/,
    );
    expect(writtenBefore).to.be.within(5, 7); // 300 kB of 40 kB each
    expect({ kept, unfinished, keptAfter }).to.deep.equal({
      kept: writtenBefore,
      unfinished: 0,
      keptAfter: writtenBefore + 1,
    });
  });
});
