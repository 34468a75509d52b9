import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BakeReport } from '../../../../src/commands/bake/bakeImages.js';
import { bakeStatus } from '../../../../src/commands/bake/bakeStatus.js';
import { embeddedModelFolder } from '../../../../src/node/packageRoot.js';
import { mixSeeds } from '../../../../src/random.js';
import { smallImage } from '../../node/smallImages.js';
import { writeTinyModel } from '../tinyModel.js';

const child = fileURLToPath(new URL('bakingProcess.ts', import.meta.url));
/** Two in the suite; `WELDON_KILLS=20` for more. */
const kills = Number(process.env.WELDON_KILLS ?? 2);
const count = 48;

/** Runs a bake; kills it some milliseconds after it has told of `after` shards. What it said, line by line. */
async function bake(args: readonly string[], env: object = {}, after = Infinity, wait = 0): Promise<string[]> {
  const baking = spawn(process.execPath, ['--import', 'tsx', child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const said: string[] = [];
  let killing: Promise<unknown> = Promise.resolve();
  baking.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.push(...text.trim().split('\n'));
    if (said.length >= after) {
      killing = delay(wait).then(() => baking.kill('SIGKILL'));
    }
  });
  await once(baking, 'exit');
  await killing;
  return said;
}

const reportOf = (said: readonly string[]) => JSON.parse(said.at(-1)!) as BakeReport;

describe('a bake in processes of its own', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weldon-killed-bake-'));
    await writeTinyModel(join(folder, 'model'));
    await mkdir(join(folder, 'images'));
    for (let i = 0; i < count - 1; i++) {
      await smallImage(join(folder, 'images', `${i}.png`), ['red'], i, 16);
    }
    await writeFile(join(folder, 'images', 'bad.png'), 'no image');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it(`feature: after each of ${kills} kills nothing is damaged, in the end nothing missing or twice`, async () => {
    const out = join(folder, 'out');
    const options = { task: 'embeddings', out, model: join(folder, 'model'), size: 32, chunk: 2, workers: 1 };
    const args = ['cpu', join(folder, 'images'), JSON.stringify(options)];
    for (let kill = 0; kill < kills; kill++) {
      const random = mixSeeds(18, kill);
      await bake(args, {}, 1 + (random % 8), (random >>> 16) % 40);
      const { damaged, foreign, images, missing, rows, bad } = await bakeStatus(out, { check: true });
      expect({ damaged, foreign, images }).to.deep.equal({ damaged: 0, foreign: 0, images: count });
      expect(rows + bad + missing).to.equal(count);
    }
    const end = reportOf(await bake(args));
    expect(end).to.include({ rows: count - 1, bad: 1, missing: 0, shards: count / 2, stopped: 'finished' });
    expect(end.computed + end.found).to.equal(count);
    expect(reportOf(await bake(args))).to.include({ computed: 0, found: count });
    const names = await readdir(join(out, 'shards'));
    expect(names.filter((name) => name.endsWith('.json'))).to.have.length(count / 2);
    expect(names.filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it('feature: wasm shards have the same bytes from one worker and from two, and without vectors of libvips', async () => {
    const images = join(folder, 'some');
    await mkdir(images);
    for (let i = 0; i < 6; i++) {
      await smallImage(join(images, `${i}.png`), ['green'], i, 90);
    }
    const model = embeddedModelFolder('efficientnet-lite0');
    const shardsOf = async (name: string, workers: number, env: object) => {
      const options = { task: 'features', out: join(folder, name), model, size: 64, chunk: 2, workers };
      const { rows, engine } = reportOf(await bake(['wasm', images, JSON.stringify(options)], env));
      expect({ rows, engine }).to.deep.equal({ rows: 6, engine: 'wasm' });
      const names = (await readdir(join(folder, name, 'shards'))).sort();
      return Promise.all(
        names.map(async (each) => [each, await readFile(join(folder, name, 'shards', each), 'base64')]),
      );
    };
    const one = await shardsOf('one', 1, {});
    expect(one).to.have.length(6);
    expect(await shardsOf('two', 2, {})).to.deep.equal(one);
    expect(await shardsOf('plain', 1, { VIPS_NOVECTOR: '1' })).to.deep.equal(one);
  });
});
