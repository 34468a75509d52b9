/**
 * Holds every network against its golden file on the native backend of `npm run setup:native`, in a process of its own,
 * since loading it changes which backend comes first. One JSON line for each network.
 *
 *   node --import tsx test/src/backbones/goldenOnTensorflow.ts [network …]
 */
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { sharedPath } from '../../shared.js';
import { checkNetwork, networks, runsOf } from './goldenNetworks.js';
import { readGolden } from './readGolden.js';

const root = new URL('../../../', import.meta.url);

async function main(names: readonly string[]): Promise<void> {
  createRequire(new URL('.cache/native/package.json', root))('@tensorflow/tfjs-node-gpu');
  await tf.setBackend('tensorflow');
  for (const [file, build] of networks.filter(([name]) => names.length === 0 || names.includes(name))) {
    let failure: string | null = null;
    const start = performance.now();
    try {
      const golden = readGolden(sharedPath(`golden/backbones/${file}.json`));
      await checkNetwork(build, golden, 'fold', runsOf(golden));
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`${JSON.stringify({ backend: tf.getBackend(), file, seconds, failure })}\n`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
