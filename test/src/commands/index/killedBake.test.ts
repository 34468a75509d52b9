import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { IndexReport } from '../../../../src/commands/index/bakery.js';
import { existingStore } from '../../../../src/commands/index/source.js';
import { mixSeeds, normalDraws } from '../../../../src/random.js';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import { describeWithPostgres } from '../../node/vectorStores/postgresServer.js';
import { writeTinyModel } from '../tinyModel.js';

const child = fileURLToPath(new URL('bakingProcess.ts', import.meta.url));
/** Two in the suite; `WELDON_KILLS=20` for more. */
const kills = Number(process.env.WELDON_KILLS ?? 2);
const count = 200;
const batch = 64;

/** Runs a bake; kills it some milliseconds after it has told of `after` groups. What it said, line by line. */
async function bake(args: readonly string[], after = Infinity, wait = 0): Promise<string[]> {
  const baking = spawn(process.execPath, ['--import', 'tsx', child, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  let killing: Promise<unknown> = Promise.resolve();
  baking.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.push(...text.trim().split('\n'));
    if (said.length === after) {
      killing = delay(wait).then(() => baking.kill('SIGKILL'));
    }
  });
  await once(baking, 'exit');
  await killing;
  return said;
}

describe('a bake that is killed', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weldon-killed-'));
    await writeTinyModel(join(folder, 'model'));
    await mkdir(join(folder, 'images'));
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        sharp(
          Uint8Array.from(normalDraws(16 * 16 * 3, 60, i), (value) => Math.min(255, Math.max(0, 128 + value))),
          { raw: { width: 16, height: 16, channels: 3 } },
        )
          .png()
          .toFile(join(folder, 'images', `${i}.png`)),
      ),
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function expectSurvival(place: string, seed: number): Promise<void> {
    const args = [join(folder, 'images'), place, join(folder, 'model')];
    for (let kill = 0; kill < kills; kill++) {
      const random = mixSeeds(seed, kill);
      await bake(args, 1 + (random % 4), (random >>> 16) % 120);
      const store = await existingStore(args[1]);
      if (store !== null) {
        const ids: string[] = [];
        for await (const rows of store.scan()) {
          ids.push(...rows.map(({ id }) => id));
        }
        await store.close();
        expect(new Set(ids).size).to.equal(ids.length);
        expect(ids.length === count || ids.length % batch === 0, `${ids.length} images`).to.equal(true);
      }
    }
    const last = JSON.parse((await bake(args)).at(-1)!) as IndexReport;
    expect(last).to.include({ items: count, stopped: 'finished' });
    const again = JSON.parse((await bake(args)).at(-1)!) as IndexReport;
    expect(again).to.include({ items: count, unchanged: count, embedded: 0 });
  }

  it(`feature: is readable after each of ${kills} kills, and goes on to the same end`, () =>
    expectSurvival(join(folder, 'catalogue'), 17));

  describeWithPostgres('on a server', (server) => {
    it(`feature: is readable after each of ${kills} kills, and goes on to the same end`, () =>
      expectSurvival(`${server().url}?catalogue=killed`, 18));

    it('feature: goes on where nothing but the tables had been made', async () => {
      const place = `${server().url}?catalogue=begun`;
      const args = [join(folder, 'images'), place, join(folder, 'model')];
      await bake(args);
      const { description } = await (await openStore(place)).info();
      const begun = `${server().url}?catalogue=begun_only`;
      await (await openStore(begun, { create: description })).close();
      const last = JSON.parse((await bake([args[0], begun, args[2]])).at(-1)!) as IndexReport;
      expect(last).to.include({ items: count, stopped: 'finished' });
    });
  });
});
