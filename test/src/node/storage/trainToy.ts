/** Trains the toy network with checkpoints on the disk: `tsx trainToy.ts FOLDER`; slowly, to be killed in the middle. */
import * as tf from '@tensorflow/tfjs-core';
import '../../../backends.js';
import { diskCheckpoints } from '../../../../src/node/storage/diskCheckpoints.js';
import { fineTune } from '../../../../src/training/fineTune.js';
import { toyData, toyModel } from '../../training/toyTask.js';
import { toyRun } from './toyRun.js';

await tf.setBackend('cpu');
await fineTune(
  toyModel({ dropout: 0.25 }),
  { train: toyData(), validation: toyData({ seed: 2 }) },
  {
    ...toyRun,
    checkpoints: diskCheckpoints(process.argv[2]),
    onStep: async ({ step }) => {
      process.stdout.write(`${step}\n`);
      await new Promise((done) => {
        setTimeout(done, 50);
      });
    },
  },
);
