/** Writes README.md beside the measured results. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atomicWrite } from '../../../src/node/storage/atomicWrite.js';
import type { Written } from './readmeText.js';
import { readmeText } from './readmeText.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const runs = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((file) => ({ file, written: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Written }));
await atomicWrite(join(folder, 'README.md'), readmeText(runs));
