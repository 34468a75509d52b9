/** A thread of `imageThreads`: prepares images and hashes files. */
import type { TransferListItem } from 'node:worker_threads';
import { serveThread } from '../workers/threadPool.js';
import { hashFile, prepareImage, rawImage } from './imageTask.js';
import type { ImageAnswer, ImageRequest } from './imageThreads.js';

async function perform(request: ImageRequest): Promise<ImageAnswer> {
  if ('task' in request) {
    return prepareImage(request.task);
  }
  return 'raw' in request ? rawImage(request.raw) : hashFile(request.path);
}

function transfer(reply: ImageAnswer): TransferListItem[] {
  if (typeof reply === 'string') {
    return [];
  }
  return [('values' in reply ? reply.values : reply.pixels).buffer as ArrayBuffer];
}

export default serveThread(perform, transfer);
