import { WeldonError } from '../../../src/index.js';
import type { AnswerMessage, CallMessage, CallTable } from '../messages.js';

export type Handlers<C extends CallTable<C>> = {
  [K in keyof C]: (argument: C[K]['argument']) => Promise<C[K]['result']> | C[K]['result'];
};

/** Thrown where a backend, not the user's input, is to blame. */
export class BackendFailure extends Error {}

const transfers = new WeakMap<object, Transferable[]>();

/** Marks what a result hands over instead of copying. */
export function handingOver<T extends object>(result: T, parts: Transferable[]): T {
  transfers.set(result, parts);
  return result;
}

/** What tells the page something that it did not ask for; `E` its events. */
export function teller<E>(): <K extends keyof E & string>(event: K, detail: E[K]) => void {
  return (event, detail) => self.postMessage({ event, detail });
}

function troubleOf(error: unknown): string {
  if (error instanceof WeldonError || error instanceof BackendFailure) {
    return error.message;
  }
  const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return error instanceof RangeError ? `There is not enough memory for that (${text}).` : `That did not work: ${text}`;
}

/** Answers the page's calls one after the other; those in `atOnce` do not wait for others. */
export function answerCalls<C extends CallTable<C>>(handlers: Handlers<C>, atOnce: readonly (keyof C)[]): void {
  let queue: Promise<void> = Promise.resolve();
  const answer = (message: AnswerMessage<C>, transfer: Transferable[] = []) => self.postMessage(message, { transfer });
  self.addEventListener('message', ({ data }: MessageEvent<CallMessage<C>>) => {
    const { id, call, argument } = data;
    const run = async () => {
      try {
        const result = await handlers[call](argument);
        answer({ id, result }, transfers.get(result as object));
      } catch (error) {
        answer({ id, trouble: troubleOf(error), backendFailed: error instanceof BackendFailure });
      }
    };
    if (atOnce.includes(call)) {
      void run();
    } else {
      queue = queue.then(run);
    }
  });
}
