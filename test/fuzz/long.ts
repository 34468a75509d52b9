/** `npm run fuzz [-- kind seed from to]`: many seeds, or the case that a fault names. */
import { kinds } from './subjects.js';
import type { Kind } from './subjects.js';
import { runFuzz } from './runFuzz.js';

const counts: Record<Kind, number> = { images: 3000, checkpoints: 1200, models: 600, texts: 600 };
const [only, seed = '2', from = '0', to] = process.argv.slice(2);
let faults = 0;
for (const kind of kinds.filter((one) => only === undefined || one === only)) {
  const result = await runFuzz(kind, Number(seed), [Number(from), Number(to ?? counts[kind])], 10_000);
  faults += result.faults.length;
  process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
}
process.exitCode = faults > 0 ? 1 : 0;
