import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
import type { DrawingAnswer, DrawingRequest, NumberedRequest } from './drawingMessages.js';

/** The main thread's end of the drawing thread. */
export interface DrawingThread {
  /** @returns seconds spent; rejects with a WeldonError that the user can act on, or with what went wrong */
  ask(request: DrawingRequest): Promise<number>;
  /** Ends the thread once everything asked for is done. */
  end(): Promise<void>;
}

interface Waiting {
  resolve(seconds: number): void;
  reject(error: Error): void;
}

function errorOf({ error, stack }: { error: string; stack?: string }): Error {
  return stack === undefined ? new WeldonError(error) : Object.assign(new Error(error), { stack });
}

/** Starts the thread; it loads its libraries while the main thread loads the model. */
export function startDrawingThread(): DrawingThread {
  // The same file ending as this one: .js as built, .ts where sources run directly.
  const file = new URL(`./drawingWorker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
  const worker = new Worker(file);
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let failure: Error | null = null;
  const failAll = (error: Error) => {
    failure = error;
    waiting.forEach(({ reject }) => reject(error));
    waiting.clear();
  };
  worker.on('message', (answer: DrawingAnswer) => {
    const { resolve, reject } = waiting.get(answer.id)!;
    waiting.delete(answer.id);
    if (answer.error === undefined) {
      resolve(answer.seconds);
    } else {
      reject(errorOf(answer));
    }
  });
  worker.on('error', failAll);
  worker.on('exit', (code) => failAll(new Error(`the drawing thread ended early with code ${code}`)));
  return {
    ask(request) {
      if (failure !== null) {
        return Promise.reject(failure);
      }
      const id = asked++;
      const answer = new Promise<number>((resolve, reject) => { waiting.set(id, { resolve, reject }); });
      const transfer = request.kind === 'draw' ? [request.picture.photo.data.buffer as ArrayBuffer] : [];
      worker.postMessage({ id, request } satisfies NumberedRequest, transfer);
      return answer;
    },
    async end() {
      if (failure === null) {
        await this.ask({ kind: 'close' }).catch(() => undefined);
      }
      worker.removeAllListeners('exit');
      await worker.terminate();
    },
  };
}
