/**
 * Makes tfjs-node and tfjs-node-gpu 4.22 run on Node 23 and later, which removed functions of `node:util` that they
 * call whenever an operation runs. Without it `tf.topk`, `tf.conv2d` and most others throw
 * `isNullOrUndefined is not a function`.
 *
 * For its effect alone, before or after the backend's own import; on Node 22 and earlier it changes nothing.
 *
 * Source: the list of calls is from the published 4.22.0 (dist/kernels/TopK.js, dist/nodejs_kernel_backend.js); the
 * same defect is reported as tensorflow/tfjs issue 8609.
 *
 * @example
 * import 'tfjs-weldon/node-compat';
 * import * as tf from '@tensorflow/tfjs-node-gpu';
 */
import util from 'node:util';

const removed = {
  isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  isArray: Array.isArray,
};

for (const [name, replacement] of Object.entries(removed)) {
  if (!(name in util)) {
    Object.defineProperty(util, name, { value: replacement, configurable: true, writable: true, enumerable: true });
  }
}
