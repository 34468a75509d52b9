import { startThreadPool } from '../../node/workers/threadPool.js';
import type { HeatmapEncoder } from './heatmapEncoder.js';

/** One call of a `HeatmapEncoder`'s method. */
export type EncoderCall = {
  [Method in keyof HeatmapEncoder]: { method: Method; values: Parameters<HeatmapEncoder[Method]> };
}[keyof HeatmapEncoder];

/** A `HeatmapEncoder` in a thread of its own. */
export interface EncoderThread extends HeatmapEncoder {
  /** Ends the thread; calls under way are refused. */
  close(): Promise<void>;
}

/**
 * Starts a thread that draws and encodes, so that this one can go on running the network: pass it as `encoder` to
 * `writeHeatmap` and `openReport`. Images are copied into the thread. Files are still written from this thread,
 * where Ctrl-C can be seen. An idle thread does not keep the process alive.
 *
 * @example
 * const encoder = startEncoderThread();
 * await writeHeatmap('out/beach.png', image, { encoder });
 * await encoder.close();
 */
export function startEncoderThread(): EncoderThread {
  const pool = startThreadPool<EncoderCall, Uint8Array | string>(new URL('./encoderWorker.js', import.meta.url), {
    threads: 1,
  });
  return {
    encode: (...values) => pool.run({ method: 'encode', values }),
    card: (...values) => pool.run({ method: 'card', values }) as Promise<string>,
    close: () => pool.close(),
  };
}
