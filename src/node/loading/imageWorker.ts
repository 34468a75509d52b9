/** A thread of `imageThreads`: prepares images and hashes files. */
import { serveThread } from '../workers/index.js';
import { hashFile, prepareImage } from './imageTask.js';
import type { EncoderReply, EncoderRequest } from './imageThreads.js';

async function perform(request: EncoderRequest): Promise<EncoderReply> {
  return request.kind === 'hash'
    ? { kind: 'hash', hash: await hashFile(request.path) }
    : { kind: 'image', image: await prepareImage(request.task) };
}

serveThread(perform, (reply) => (reply.kind === 'image' ? [reply.image.values.buffer as ArrayBuffer] : []));
