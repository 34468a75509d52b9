/** The process that `parity.tensorflow.test.ts` starts: prints what the trainings gave as one line of JSON. */
import * as tf from '@tensorflow/tfjs-core';
import '../../../src/node/nodeCompat.js';
import { loadNative } from '../../native.js';
import { trainEverything } from './parityRuns.js';

loadNative();
process.stdout.write(`${JSON.stringify({ backend: tf.getBackend(), record: await trainEverything() })}\n`);
