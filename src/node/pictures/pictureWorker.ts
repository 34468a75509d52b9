/** The thread that `startPictureThread` starts: answers each call with the encoder's result. */
import { serveThread } from '../workers/index.js';
import { pictureEncoder } from './pictureEncoder.js';
import type { PictureCall } from './pictureThread.js';

serveThread((call: PictureCall): Promise<Uint8Array | string> =>
  call.method === 'encode' ? pictureEncoder.encode(...call.values) : pictureEncoder.card(...call.values),
);
