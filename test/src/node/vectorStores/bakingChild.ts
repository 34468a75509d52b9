/** Fills a store in batches, as a bake does, and says each that was stored; begins where an earlier run was killed. */
import { openStore } from '../../../../src/node/vectorStores/openStore.js';
import { describedAs } from '../../search/storeSuite.js';
import { bakedRows, batchCount, batchSize } from './bakedRows.js';

const store = await openStore(process.argv[2], { create: describedAs(17) });
for (let batch = 0; batch < batchCount; batch++) {
  const rows = bakedRows(batch);
  const there = (await store.get(rows.map(({ id }) => id))).filter((row) => row !== null);
  if (there.length === batchSize) {
    process.stdout.write(`kept ${batch}\n`);
    continue;
  }
  await store.upsert(rows);
  process.stdout.write(`stored ${batch}\n`);
}
await store.optimize();
await store.close();
process.stdout.write('done\n');
