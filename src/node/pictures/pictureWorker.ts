/** The thread that `startPictureThread` starts: answers each request with the encoder's result. */
import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
import { pictureEncoder } from './pictureEncoder.js';
import type { ThreadReply, ThreadRequest } from './pictureThread.js';

const port = parentPort as MessagePort;

function perform(request: ThreadRequest): Promise<Uint8Array | string> {
  return request.method === 'encode' ? pictureEncoder.encode(...request.values) : pictureEncoder.card(...request.values);
}

async function answer(request: ThreadRequest): Promise<void> {
  const { id } = request;
  let reply: ThreadReply;
  try {
    reply = { id, value: await perform(request) };
  } catch (error) {
    reply = { id, message: error instanceof Error ? error.message : String(error), isRefusal: error instanceof WeldonError };
  }
  port.postMessage(reply);
}

port.on('message', (request: ThreadRequest) => void answer(request));
