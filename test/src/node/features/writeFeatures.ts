/** Fills a feature store until it is killed: `tsx writeFeatures.ts FOLDER COUNT`. */
import { diskFeatureStore } from '../../../../src/node/features/diskFeatureStore.js';

const [folder, count] = process.argv.slice(2);
const store = diskFeatureStore(folder);
process.stdout.write('started\n');
for (let i = 0; i < Number(count); i++) {
  const values = new Float32Array(50_000).fill(i % 100);
  await store.write({ model: 'm', image: `${i % 100}`, preprocessing: 'p' }, { shape: [50_000], values });
}
