/** A thread for the tests: doubles numbers, refuses negative ones, fails for 13, takes half a second for 50, ends itself for 99. */
import { setTimeout as delay } from 'node:timers/promises';
import { expected } from '../../../../src/errors.js';
import { serveThread } from '../../../../src/node/workers/threadPool.js';

export default serveThread(
  async (value: number) => {
    if (value < 0) {
      throw expected('the number', 'a number >= 0', value);
    }
    if (value === 13) {
      throw new TypeError('unlucky');
    }
    if (value === 50) {
      await delay(500);
    }
    if (value === 99) {
      process.exit(0);
    }
    return Float32Array.of(2 * value);
  },
  (reply) => [reply.buffer as ArrayBuffer],
);
