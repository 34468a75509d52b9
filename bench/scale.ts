/**
 * How long a bake takes on how many cores, and what it costs.
 *
 *   npm run bench:scale -- --images 1e9 --days 7 --ms-per-image 60 [--chunk 4096] [--cores N]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { simulateFleet } from './simulateFleet.js';

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '1e9' },
    days: { type: 'string', default: '7' },
    cores: { type: 'string' },
    chunk: { type: 'string', default: '4096' },
    'ms-per-image': { type: 'string', default: '60' },
    deaths: { type: 'string', default: '0.01' },
    'core-hour': { type: 'string', default: '0.03' },
    'million-gets': { type: 'string', default: '0.40' },
    json: { type: 'string' },
  },
});
const keep = (result: unknown) => {
  console.log(result);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(result, null, 1)}\n`);
  }
};

/** Machines, days and money; times of jobs vary by a quarter, a core in fifty takes twice as long. */
function plan(): void {
  const images = Number(options.images);
  const chunk = Number(options.chunk);
  const each = Number(options['ms-per-image']) / 1000;
  const sample = { chunk: 64, seconds: [0.75, 0.9, 1, 1.1, 1.25].map((factor) => factor * 64 * each) };
  const at = (cores: number) =>
    simulateFleet({
      images,
      chunk,
      cores,
      sample,
      stragglers: { share: 0.02, factor: 2 },
      deaths: Number(options.deaths),
    });
  const day = 86_400;
  let cores = Number(options.cores ?? Math.ceil((images * each) / (Number(options.days) * day)));
  let played = at(cores);
  while (options.cores === undefined && played.wall > Number(options.days) * day) {
    cores = Math.ceil(cores * Math.max(1.01, played.wall / (Number(options.days) * day)));
    played = at(cores);
  }
  keep({
    images,
    chunk,
    jobs: Math.ceil(images / chunk),
    cores,
    machinesOf16Cores: Math.ceil(cores / 16),
    days: played.wall / day,
    coreHours: played.work / 3600,
    dollarsOfCores: (cores * played.wall * Number(options['core-hour'])) / 3600,
    dollarsOfGets: (images / 1e6) * Number(options['million-gets']),
    jobsBegunAgain: played.lost,
  });
}

plan();
