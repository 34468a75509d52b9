/** Uses damaged inputs one after the other, and tells of each how it ended; whoever started this one watches the clock. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeldonError } from '../../src/errors.js';
import { startRuntime } from '../../src/node/runtime/startRuntime.js';
import { drawFrom } from './mutate.js';
import type { Kind } from './subjects.js';
import { kinds, subjectOf, tensorCount } from './subjects.js';

/** How a case ended. */
export interface Outcome {
  index: number;
  end: 'taken' | 'refused' | 'fault';
  text: string;
  milliseconds: number;
  megabytes: number;
}

/** Words of JavaScript and of other packages, which mean nothing to those who have the file. */
const foreign =
  /(of|reading) '?undefined|undefined is|\[object|Cannot (read propert|set propert|convert)|is not (a function|iterable|defined)|Invalid (array|typed)|out of bounds|call stack|node:internal|\bat .*:\d+:\d+|TypeError|RangeError|SyntaxError: /;

/** All files below a folder with what is in them. */
function contents(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return names.map((name) => `${name} ${createHash('sha256').update(readFileSync(name)).digest('hex')}`).join('\n');
}

async function runCase(kind: Kind, root: string, seed: number, index: number, use: ReturnType<typeof subjectOf>) {
  const draw = drawFrom(seed, kinds.indexOf(kind), index);
  const at = { input: join(root, 'case', 'in'), out: join(root, 'case', 'out'), draw, index };
  rmSync(join(root, 'case'), { recursive: true, force: true });
  mkdirSync(at.input, { recursive: true });
  mkdirSync(at.out);
  use.write(at);
  const before = contents(at.input);
  const kept = contents(join(root, 'base'));
  const tensors = tensorCount();
  const start = performance.now();
  let end: Outcome['end'] = 'taken';
  let text = '';
  try {
    await use.use(at);
  } catch (error) {
    const isOurs = error instanceof WeldonError;
    end = isOurs ? 'refused' : 'fault';
    text = isOurs ? error.message : `foreign: ${error instanceof Error ? error.stack : String(error)}`;
    if (isOurs && (foreign.test(text) || text.length > 4500)) {
      end = 'fault';
      text = `foreign words: ${text}`;
    }
  }
  const milliseconds = performance.now() - start;
  const faults = [
    contents(at.input) !== before && 'an input was changed',
    contents(join(root, 'base')) !== kept && 'a file beside the inputs was changed',
    readdirSync(join(root, 'cwd')).length > 0 &&
      `files outside the output folder: ${readdirSync(join(root, 'cwd')).join()}`,
    readdirSync(join(root, 'case')).length > 2 && 'files beside the output folder',
    // TensorFlow.js itself keeps the numbers that it has read for a model that it then refuses.
    tensorCount() !== tensors &&
      !/^Cannot load the model|description of its layers/.test(text) &&
      `${tensorCount() - tensors} tensors left (${text})`,
    end !== 'taken' && readdirSync(at.out).length > 0 && `a refused input left ${readdirSync(at.out).join()}`,
  ].filter((fault) => typeof fault === 'string');
  if (faults.length > 0) {
    [end, text] = ['fault', faults.join('; ')];
  }
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  process.send!({ index, end, text, milliseconds, megabytes } satisfies Outcome);
}

const [kind, root, seed, from, to] = process.argv.slice(2) as [Kind, string, string, string, string];
await startRuntime({ backend: 'cpu' });
const use = subjectOf(kind, join(root, 'base'));
await use.prepare();
rmSync(join(root, 'cwd'), { recursive: true, force: true });
mkdirSync(join(root, 'cwd'));
process.chdir(join(root, 'cwd'));
process.send!('ready');
for (let index = Number(from); index < Number(to); index++) {
  await runCase(kind, root, Number(seed), index, use);
}
process.disconnect();
