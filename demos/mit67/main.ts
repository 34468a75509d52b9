/** The evaluation: `weldon experiment`, which makes the data set itself where it is given none. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runExperimentCommand } from '../../src/index.node.js';
import { scatteredObjects } from './makeScatteredObjects.js';

await runExperimentCommand(process.argv, {
  command: 'npm run mit67 --',
  cache: join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/mit67'),
  maker: scatteredObjects,
});
// Backends may keep handles open (Dawn does); everything is written by now.
process.exit();
