/** The thread that `startPictureThread` starts: answers each call with the encoder's result. */
import { serveThread } from '../../node/workers/index.js';
import { pictureEncoder } from './heatmapEncoder.js';
import type { PictureCall } from './encoderThread.js';

serveThread((call: PictureCall): Promise<Uint8Array | string> =>
  call.method === 'encode' ? pictureEncoder.encode(...call.values) : pictureEncoder.card(...call.values),
);
