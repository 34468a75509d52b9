/** The thread that `startEncoderThread` starts: answers each call with the encoder's result. */
import { serveThread } from '../../node/workers/threadPool.js';
import { heatmapEncoder, loadDrawing } from './heatmapEncoder.js';
import type { EncoderCall } from './encoderThread.js';

loadDrawing().catch(() => undefined); // told to whoever wants something drawn

export default serveThread((call: EncoderCall): Promise<Uint8Array | string> =>
  call.method === 'encode' ? heatmapEncoder.encode(...call.values) : heatmapEncoder.card(...call.values),
);
