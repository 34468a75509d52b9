export { serveThread } from './serveThread.js';
export { startThreadPool } from './threadPool.js';
export type { ThreadPool, ThreadPoolOptions } from './threadPool.js';
