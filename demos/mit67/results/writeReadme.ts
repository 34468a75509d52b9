/** Writes README.md beside the measured results. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { experimentMarkdown } from '../../../src/index.node.js';
import type { ExperimentResults } from '../../../src/index.node.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const sections = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((file) => {
    const { results } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { results: ExperimentResults };
    return experimentMarkdown(results, file);
  });
const intro = `# Measured results

Each JSON file holds a run's config, what was tried and chosen, and its results. Written by \`npm run mit67\`; the tables here by \`npx tsx demos/mit67/results/writeReadme.ts\`.

Estimates are percentages: the mean over seeds, [95 % bootstrap interval over test images], (reference: the same method trained with PyTorch on the same images). Learning rate, number of epochs and C were chosen on training images alone; intervals tell of the choice of test images, not of training. Engines differ in the last bits of features: the command under each heading names the one that the numbers were made with. What the metrics are stands in each JSON file, under \`metrics\`.`;
writeFileSync(join(folder, 'README.md'), `${[intro, ...sections].join('\n\n')}\n`);
