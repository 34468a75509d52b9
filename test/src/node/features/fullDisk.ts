/** Fills a feature store on a small disk, frees room, goes on, and says what happened: `tsx fullDisk.ts FOLDER`. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskFeatureStore } from '../../../../src/node/features/diskFeatureStore.js';

const [folder] = process.argv.slice(2);
writeFileSync(join(folder, 'other'), Buffer.alloc(100_000));
const store = diskFeatureStore(join(folder, 'cache'));
const values = new Float32Array(20_000).fill(0.5);
const key = (i: number) => ({ model: 'm', image: `${i}`, preprocessing: '' });
let failure = '';
let written = 0;
while (failure === '') {
  try {
    await store.write(key(written), { shape: [20_000], values });
    written++;
  } catch (error) {
    failure = (error as Error).message;
  }
}
const readable = async () => {
  const found = await Promise.all(Array.from({ length: written }, (_, i) => store.read(key(i))));
  return found.filter((features) => features?.values.every((value) => value === 0.5)).length;
};
const kept = await readable();
const unfinished = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.part'),
).length;
rmSync(join(folder, 'other'));
await store.write(key(written++), { shape: [20_000], values });
process.stdout.write(
  JSON.stringify({ failure, writtenBefore: written - 1, kept, unfinished, keptAfter: await readable() }),
);
