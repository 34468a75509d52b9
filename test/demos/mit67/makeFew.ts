/** Makes a few scattered objects and says how far it is, in the end what went wrong and lies about: `tsx makeFew.ts FOLDER`. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeScatteredObjects } from '../../../demos/mit67/makeScatteredObjects.js';

const [folder] = process.argv.slice(2);
let failure = '';
try {
  await makeScatteredObjects(folder, {
    trainPerClass: 1,
    testPerClass: 2,
    size: 128,
    onImage: (done) => process.stdout.write(`${done}\n`),
  });
} catch (error) {
  failure = (error as Error).message;
}
const parts = readdirSync(dirname(folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.unfinished'),
);
process.stdout.write(`${JSON.stringify({ failure, made: existsSync(folder), parts })}\n`);
