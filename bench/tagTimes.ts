/**
 * What `weldon tag` costs beside the features that it rests on, in turn on the same images:
 *
 *   npm run bench:tag-times -- [--images 600] [--rounds 3] [--model RUN …] [--json bench/results/tag-times.json]
 *
 * Bare extraction reads the images and runs the network, several batches at once, and keeps the mean features; `tagFiles`
 * starts with an empty folder, opens its models, and writes tags.json.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRuntime, tagFiles } from '../src/index.node.js';
import { openFrozenNetwork } from '../src/node/features/frozenNetwork.js';
import { inParallel } from '../src/node/images/readImages.js';
import { embedPaths, pictures } from './searchData.js';
import { median } from './searchMeasures.js';

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '3' },
    model: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', default: 'onnx' },
    json: { type: 'string' },
  },
});

const paths = [...pictures('clothing/train'), ...pictures('food10/train')]
  .map(({ path }) => path)
  .slice(0, Number(options.images));
const { engine } = await startRuntime({ backend: options.backend as 'onnx' });

/** Seconds of the clock and of the processors. */
async function cost(run: () => Promise<unknown>): Promise<{ wall: number; cpu: number }> {
  const [begun, used] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - begun) / 1000, cpu: (user + system) / 1e6 };
}

/** With its opening, as a call of `tagFiles` has it. */
async function bare(): Promise<void> {
  const { pass, dispose } = await openFrozenNetwork({ layer: 'head', engine });
  try {
    const batches = Array.from({ length: Math.ceil(paths.length / 8) }, (_, i) => paths.slice(8 * i, 8 * i + 8));
    await inParallel(
      batches,
      (batch) => embedPaths(pass, batch, { pooling: 'gap', size: 224, crops: 0 }),
      (pass.lanes ?? 1) + 1,
    );
  } finally {
    await dispose();
  }
}

async function tagged(models: readonly string[]): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'weldon-bench-tags-'));
  try {
    const run = { out, engine, notice: () => undefined };
    await tagFiles(paths, models.length === 0 ? run : { ...run, models, embedded: true });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

const ways: [string, () => Promise<void>][] = [
  ['bare extraction', bare],
  ['weldon tag, one model', () => tagged([])],
  ...(options.model.length === 0
    ? []
    : [['weldon tag, with the models given', () => tagged(options.model)] as [string, () => Promise<void>]]),
];
const took = ways.map(() => ({ wall: [] as number[], cpu: [] as number[] }));
for (let round = 0; round < Number(options.rounds); round++) {
  for (const [i, [, run]] of ways.entries()) {
    const { wall, cpu } = await cost(run);
    took[i].wall.push(wall);
    took[i].cpu.push(cpu);
  }
}
const report = {
  date: new Date().toISOString(),
  engine: engine.name,
  device: { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] },
  images: paths.length,
  rows: ways.map(([name], i) => ({
    name,
    secondsWall: took[i].wall,
    secondsCpu: took[i].cpu,
    // Of the same round, and the median of the rounds.
    ofBareWall: median(took[i].wall.map((value, round) => took[0].wall[round] / value)),
    ofBareCpu: median(took[i].cpu.map((value, round) => took[0].cpu[round] / value)),
  })),
};
report.rows.forEach(({ name, secondsWall, ofBareWall, ofBareCpu }) =>
  console.log(
    `${name}: ${(paths.length / median(secondsWall)).toFixed(1)} images/s, ${ofBareWall.toFixed(2)} of bare (CPU ${ofBareCpu.toFixed(2)})`,
  ),
);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
}
process.exit();
