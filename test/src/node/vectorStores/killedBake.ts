import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import { mixSeeds } from '../../../../src/random.js';
import type { StoreRow } from '../../../../src/search/vectorStore.js';
import { bakedRows, batchCount, batchSize } from './bakedRows.js';

const child = fileURLToPath(new URL('bakingChild.ts', import.meta.url));

/** Runs the child; kills it some time after it has stored `after` batches. Returns what it said. */
async function bake(location: string, after = Infinity, wait = 0): Promise<string[]> {
  const baking = spawn(process.execPath, ['--import', 'tsx', child, location], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const ended = once(baking, 'exit');
  let killing: Promise<unknown> = Promise.resolve();
  createInterface(baking.stdout).on('line', (line) => {
    said.push(line);
    if (said.length === after) {
      killing = delay(wait).then(() => baking.kill('SIGKILL'));
    }
  });
  await ended;
  await killing;
  return said;
}

/**
 * Kills a process that fills a store at `kills` moments, the last run excepted: after each the store is read at once, has
 * whole batches, all that were acknowledged, and at most one more; in the end every item is there, once.
 */
export async function expectSurvival(location: string, kills: number, seed: number): Promise<void> {
  const stored = new Set<number>();
  for (let kill = 0; kill < kills; kill++) {
    const random = mixSeeds(seed, kill);
    const said = await bake(location, 1 + (random % batchCount), (random >>> 16) % 40);
    said.filter((line) => line.startsWith('stored')).forEach((line) => stored.add(Number(line.split(' ')[1])));
    const store = await openStore(location);
    const rows: Required<StoreRow>[] = [];
    for await (const some of store.scan()) {
      rows.push(...some);
    }
    await store.close();
    const batches = Math.ceil(rows.length / batchSize);
    expect(rows).to.deep.equal(Array.from({ length: batches }, (_, i) => bakedRows(i)).flat());
    expect(batches - stored.size).to.be.within(0, 1);
    Array.from({ length: batches }, (_, i) => stored.add(i));
  }
  const last = await bake(location);
  expect(last.filter((line) => line.startsWith('stored')).length).to.equal(batchCount - stored.size);
  const store = await openStore(location);
  expect(await store.count()).to.equal(batchCount * batchSize);
  expect((await store.info()).vectors).to.equal(2 * batchCount * batchSize);
  await store.close();
}

/** Two in the suite; `WELDON_KILLS=20` for more. */
export const killCount = Number(process.env.WELDON_KILLS ?? 2);
