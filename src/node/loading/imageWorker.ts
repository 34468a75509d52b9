/** A thread of `imageThreads`: prepares images and hashes files. */
import { serveThread } from '../workers/threadPool.js';
import { hashFile, prepareImage } from './imageTask.js';
import type { ImageReply, ImageRequest } from './imageThreads.js';

async function perform(request: ImageRequest): Promise<ImageReply> {
  return request.kind === 'hash'
    ? { kind: 'hash', hash: await hashFile(request.path) }
    : { kind: 'image', image: await prepareImage(request.task) };
}

export default serveThread(perform, (reply) =>
  reply.kind === 'image' ? [reply.image.values.buffer as ArrayBuffer] : [],
);
