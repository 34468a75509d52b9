/**
 * Compares a run of the default experiment with what an earlier version printed, method by method and metric by metric:
 * what is trained on frozen features must come to the same numbers on the same backend.
 *
 *   npm run mit67 -- --backend wasm --out run.json
 *   npx tsx scripts/compareExperiment.ts run.json wasm
 *
 * Exits with 1 if a number differs at the printed decimal.
 */
import { readFileSync } from 'node:fs';

interface Written {
  results: { methods: { id: string; estimates: Record<string, { value: number | null }> }[] };
}
type Stored = Record<string, Record<string, string>>;

const [path, backend] = process.argv.slice(2);
const stored = JSON.parse(
  readFileSync(new URL('../test/demos/mit67/storedEstimates.json', import.meta.url), 'utf8'),
) as Record<string, Stored>;
if (path === undefined || (backend !== 'wasm' && backend !== 'tensorflow')) {
  throw new Error('Expected the JSON file of a run and its backend, wasm or tensorflow');
}
const { methods } = (JSON.parse(readFileSync(path, 'utf8')) as Written).results;
let [same, other] = [0, 0];
for (const [id, estimates] of Object.entries(stored[backend])) {
  const found = methods.find((method) => method.id === id);
  for (const [metric, text] of Object.entries(estimates)) {
    const value = found?.estimates[metric]?.value;
    const now = value == null ? 'missing' : (100 * value).toFixed(1);
    if (now === text) {
      same++;
    } else {
      other++;
      console.log(`${id}, ${metric}: ${now}, stored ${text}`);
    }
  }
}
console.log(`${same} numbers as stored, ${other} not`);
process.exitCode = other > 0 ? 1 : 0;
