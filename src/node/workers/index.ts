export { processHold } from './processHold.js';
export { serveThread } from './serveThread.js';
export { startWorker } from './startWorker.js';
export { startThreadPool } from './threadPool.js';
export type { ThreadPool, ThreadPoolOptions } from './threadPool.js';
