/**
 * One fine-tuning step of ResNet-18, 8 images of 224 × 224, on one thread: `fineTune` on wasm and on tensorflow, and the
 * same step written by hand with tfjs-node alone.
 *
 *   npx tsx bench/trainingStep.ts [--rounds 3] [--steps 5] [--json FILE]
 *
 * Each runs in a process of its own; the processes take turns, `--rounds` times, and only one works at a time. Of every
 * process the first two steps do not count: weights are allocated in them.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    ways: { type: 'string', default: 'wasm,tensorflow,byHand' },
    json: { type: 'string' },
  },
});

interface Answer {
  milliseconds: number[];
  residentBytes: number;
}

function ask(child: ChildProcess, steps: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`a process ended with code ${code}`));
    child.once('exit', failed);
    child.once('message', (answer) => {
      child.off('exit', failed);
      resolve(answer as Answer);
    });
    child.send(steps);
  });
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const ways = options.ways.split(',');
const child = fileURLToPath(new URL('trainingStepChild.ts', import.meta.url));
const env = {
  ...process.env,
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  OMP_NUM_THREADS: '1',
};
const children = ways.map((way) => fork(child, [way], { execArgv: ['--import', 'tsx'], env }));
const times = ways.map((): number[] => []);
const resident = ways.map(() => 0);
for (const process of children) {
  await ask(process, 2);
}
for (let round = 0; round < Number(options.rounds); round++) {
  for (const [i, process] of children.entries()) {
    const answer = await ask(process, Number(options.steps));
    times[i].push(...answer.milliseconds);
    resident[i] = answer.residentBytes;
  }
}
children.forEach((process) => process.disconnect());

const results = ways.map((way, i) => ({
  way,
  milliseconds: { median: median(times[i]), least: Math.min(...times[i]) },
  steps: times[i].length,
  residentBytes: resident[i],
}));
const of = (way: string) => results.find((result) => result.way === way)?.milliseconds.median ?? NaN;
const ratios = { wasmToTensorflow: of('wasm') / of('tensorflow'), tensorflowToByHand: of('tensorflow') / of('byHand') };
results.forEach(({ way, milliseconds, residentBytes }) =>
  console.log(
    `${way.padEnd(12)} median ${milliseconds.median.toFixed(0)} ms, least ${milliseconds.least.toFixed(0)} ms, ` +
      `${Math.round(residentBytes / 2 ** 20)} MB resident`,
  ),
);
console.log(
  `wasm / tensorflow ${ratios.wasmToTensorflow.toFixed(2)}, tensorflow / by hand ${ratios.tensorflowToByHand.toFixed(3)}`,
);
if (options.json !== undefined) {
  const [cpu] = cpus();
  writeFileSync(
    options.json,
    `${JSON.stringify(
      {
        date: new Date().toISOString(),
        network: 'resnet18, folded batch normalisation, 10 classes',
        images: [8, 224, 224, 3],
        threads: 1,
        versions: { node: process.versions.node, 'tfjs-core': tf.version_core },
        device: { cpu: cpu.model, cores: cpus().length },
        results,
        ratios,
      },
      null,
      2,
    )}\n`,
  );
}
