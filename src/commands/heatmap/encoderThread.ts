import { startThreadPool } from '../../node/workers/index.js';
import type { PictureEncoder } from './heatmapEncoder.js';

/** One call of a `PictureEncoder`'s method. */
export type PictureCall = {
  [Method in keyof PictureEncoder]: { method: Method; values: Parameters<PictureEncoder[Method]> };
}[keyof PictureEncoder];

/** A `PictureEncoder` in a thread of its own. */
export interface PictureThread extends PictureEncoder {
  /** Ends the thread; calls under way are refused. */
  close(): Promise<void>;
}

/**
 * Starts a thread that draws and encodes, so that this one can go on running the network: pass it as `encoder` to
 * `writeHeatmap` and `openReport`. Pictures are copied into the thread. Files are still written from this thread,
 * where Ctrl-C can be seen. An idle thread does not keep the process alive.
 *
 * @example
 * const encoder = startPictureThread();
 * await writeHeatmap('out/beach.png', picture, { encoder });
 * await encoder.close();
 */
export function startPictureThread(): PictureThread {
  const pool = startThreadPool<PictureCall, Uint8Array | string>(new URL('./encoderWorker.js', import.meta.url), {
    threads: 1,
  });
  return {
    encode: (...values) => pool.run({ method: 'encode', values }),
    card: (...values) => pool.run({ method: 'card', values }) as Promise<string>,
    close: () => pool.close(),
  };
}
