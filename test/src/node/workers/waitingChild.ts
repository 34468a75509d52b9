/** A process of `threadPool.test.ts` that does nothing but wait for an answer, at first and behind another one. */
import { startThreadPool } from '../../../../src/node/workers/threadPool.js';

const pool = startThreadPool<number, Float32Array>(new URL('./echoWorker.js', import.meta.url), { threads: 1 });
// Not awaited: of a module that waits Node itself would say that it never came to its end.
void pool
  .run(50)
  .then(() => pool.run(50))
  .then(([answer]) => process.stdout.write(`${answer}\n`));
