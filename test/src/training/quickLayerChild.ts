/** The process that `quickLayer.test.ts` starts for tensorflow: prints all comparisons as one line of JSON. */
import * as tf from '@tensorflow/tfjs-core';
import '../../../src/node/nodeCompat.js';
import { loadNative } from '../../native.js';
import { compareAll } from './quickLayerCases.js';

loadNative();
await tf.ready();
process.stdout.write(`${JSON.stringify({ backend: tf.getBackend(), records: compareAll() })}\n`);
