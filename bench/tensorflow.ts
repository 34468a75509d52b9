/**
 * The benchmark of the pooling on tfjs-node-gpu as `npm run setup:native` lays it out: on TensorFlow's CPU kernels.
 *
 *   npx tsx bench/tensorflow.ts [--shapes 1,3,4] [--contenders ours,rival] [--seconds 2] [--threads N] [--json FILE]
 */
import * as tf from '@tensorflow/tfjs-core';
import { writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import '../src/node/nodeCompat.js';
import { weldonPool } from '../src/pooling/weldonPool.js';
import { expectNative, loadNative } from '../test/native.js';
import { poolingOptions, readPoolingOptions, refuse } from './poolingOptions.js';
import { runPooling } from './poolingRuns.js';
import { renderPooling } from './poolingTable.js';

const { values: options } = parseArgs({ options: { ...poolingOptions, threads: { type: 'string' } } });
const chosen = readPoolingOptions(options);

// Read by the library when it is loaded.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
if (options.threads !== undefined) {
  process.env.TF_NUM_INTRAOP_THREADS = options.threads;
}
try {
  expectNative();
} catch (error) {
  refuse((error as Error).message);
}
loadNative();

const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
const threads = options.threads ?? 'all';
console.log(
  `\ntensorflow, CPU kernels of ${binding.TF_Version}, ${threads} threads: ` +
    'median milliseconds (quartiles), how much faster ours is, peak of tensors beside the input\n',
);
const results = await runPooling({
  tf,
  weldonPool,
  backend: 'tensorflow',
  ...chosen,
  onResult: (result) => console.log(renderPooling(result)),
});

const [cpu] = cpus();
console.log(`\n${cpu.model}, ${cpus().length} cores, Node ${process.versions.node}, TensorFlow.js ${tf.version_core}`);
if (options.json !== undefined) {
  const record = {
    date: new Date().toISOString(),
    versions: { 'tfjs-core': tf.version_core, tensorflow: binding.TF_Version, node: process.versions.node },
    device: {
      cpu: cpu.model,
      cores: cpus().length,
      threads,
      memoryBytes: totalmem(),
      platform: `${platform()} ${arch()}`,
    },
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    results,
  };
  writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
}
