/**
 * The benchmark of the pooling: a table on the terminal and, with --json, results with versions and device.
 *
 *   npx tsx bench/run.ts [--backends cpu,wasm] [--shapes 1,3,4] [--contenders ours,rival] [--seconds 2] [--scalar]
 *     [--json FILE]
 *
 * A page does the same for webgl and webgpu with the core of it, poolingRuns.ts.
 */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, totalmem } from 'node:os';
import { dirname, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { weldonPool } from '../src/pooling/weldonPool.js';
import { poolingOptions, readPoolingOptions } from './poolingOptions.js';
import { runPooling } from './poolingRuns.js';
import { renderPooling } from './poolingTable.js';

const require = createRequire(import.meta.url);
setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);

const { values: options } = parseArgs({
  options: {
    ...poolingOptions,
    backends: { type: 'string', default: 'cpu,wasm' },
    scalar: { type: 'boolean', default: false },
  },
});
const chosen = readPoolingOptions(options);

const results = [];
for (const backend of options.backends.split(',')) {
  if (options.scalar && backend === 'wasm') {
    await tf.setBackend(backend);
    tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
  }
  console.log(
    `\n${backend}${options.scalar && backend === 'wasm' ? ', our kernels without SIMD' : ''}: ` +
      'median milliseconds (quartiles), how much faster ours is, peak of tensors beside the input\n',
  );
  results.push(
    ...(await runPooling({
      tf,
      weldonPool,
      backend,
      ...chosen,
      onResult: (result) => console.log(renderPooling(result)),
    })),
  );
}

const [cpu] = cpus();
const record = {
  date: new Date().toISOString(),
  versions: {
    'tfjs-core': tf.version_core,
    'tfjs-backend-cpu': version_cpu,
    'tfjs-backend-wasm': version_wasm,
    node: process.versions.node,
    v8: process.versions.v8,
  },
  device: { cpu: cpu.model, cores: cpus().length, memoryBytes: totalmem(), platform: `${platform()} ${arch()}` },
  peakResidentBytes: process.resourceUsage().maxRSS * 1024,
  results,
};
console.log(
  `\n${cpu.model}, ${cpus().length} cores, Node ${process.versions.node}, TensorFlow.js ${tf.version_core}; ` +
    `peak resident memory ${Math.round(record.peakResidentBytes / 2 ** 20)} MB`,
);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
}
