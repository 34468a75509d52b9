/** A thread of `imageThreads`: prepares images and hashes files. */
import { serveThread } from '../workers/threadPool.js';
import type { PreparedImage } from './imageTask.js';
import { hashFile, prepareImage } from './imageTask.js';
import type { ImageRequest } from './imageThreads.js';

export default serveThread(
  (request: ImageRequest): Promise<PreparedImage | string> =>
    'task' in request ? prepareImage(request.task) : hashFile(request.path),
  (reply) => (typeof reply === 'string' ? [] : [reply.values.buffer as ArrayBuffer]),
);
