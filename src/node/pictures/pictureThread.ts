import { WeldonError } from '../../errors.js';
import { processHold, startWorker } from '../workers/index.js';
import type { PictureEncoder } from './pictureEncoder.js';

/** One call of a `PictureEncoder`'s method. */
export type ThreadRequest = {
  [Method in keyof PictureEncoder]: { id: number; method: Method; values: Parameters<PictureEncoder[Method]> }
}[keyof PictureEncoder];

export type ThreadReply =
  | { id: number; value: Uint8Array | string }
  | { id: number; message: string; isRefusal: boolean };

/** A `PictureEncoder` in a thread of its own. */
export interface PictureThread extends PictureEncoder {
  /** Ends the thread; calls under way are refused. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
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
  const worker = startWorker(new URL('./pictureWorker.js', import.meta.url));
  const hold = processHold();
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | undefined;

  const end = (error: Error) => {
    ended ??= error;
    waiting.forEach(({ reject }) => {
      reject(ended as Error);
      hold.drop();
    });
    waiting.clear();
  };
  worker.on('message', (reply: ThreadReply) => {
    const caller = waiting.get(reply.id);
    if (caller === undefined) {
      return;
    }
    waiting.delete(reply.id);
    hold.drop();
    if ('value' in reply) {
      caller.resolve(reply.value as never);
    } else {
      caller.reject(reply.isRefusal ? new WeldonError(reply.message) : new Error(reply.message));
    }
  });
  worker.on('error', end);
  worker.on('messageerror', end);
  worker.on('exit', () => end(new WeldonError('Expected the drawing thread to be running but received a call after its end')));
  worker.unref();

  const call = (method: ThreadRequest['method'], values: unknown[]) => new Promise<never>((resolve, reject) => {
    if (ended !== undefined) {
      reject(ended);
      return;
    }
    const id = next++;
    worker.postMessage({ id, method, values });
    waiting.set(id, { resolve, reject });
    hold.take();
  });
  return {
    encode: (...values) => call('encode', values),
    card: (...values) => call('card', values),
    async close() {
      await worker.terminate();
    },
  };
}
