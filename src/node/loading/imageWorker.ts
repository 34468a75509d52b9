/** A thread of `pictureThreads`: prepares pictures and hashes files. */
import { serveThread } from '../workers/index.js';
import { hashFile, preparePicture } from './imageTask.js';
import type { PictureReply, PictureRequest } from './imageThreads.js';

async function perform(request: PictureRequest): Promise<PictureReply> {
  return request.kind === 'hash'
    ? { kind: 'hash', hash: await hashFile(request.path) }
    : { kind: 'picture', picture: await preparePicture(request.task) };
}

serveThread(perform, (reply) => (reply.kind === 'picture' ? [reply.picture.values.buffer as ArrayBuffer] : []));
