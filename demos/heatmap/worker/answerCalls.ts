import { WeldonError } from '../../../src/index.js';
import type { AnswerMessage, CallMessage, CallName, Calls, EventMessage, EventName, Events } from '../messages.js';

export type Handlers = {
  [K in CallName]: (argument: Calls[K]['argument']) => Promise<Calls[K]['result']> | Calls[K]['result'];
};

/** Thrown where a backend, not the user's input, is to blame. */
export class BackendFailure extends Error {}

const transfers = new WeakMap<object, Transferable[]>();

/** Marks what a result hands over instead of copying. */
export function handingOver<T extends object>(result: T, parts: Transferable[]): T {
  transfers.set(result, parts);
  return result;
}

function answer(message: AnswerMessage, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

/** Tells the page something that it did not ask for. */
export function tell<K extends EventName>(event: K, detail: Events[K]): void {
  self.postMessage({ event, detail } as EventMessage);
}

function troubleOf(error: unknown): string {
  if (error instanceof WeldonError || error instanceof BackendFailure) {
    return error.message;
  }
  const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return error instanceof RangeError ? `There is not enough memory for that (${text}).` : `That did not work: ${text}`;
}

/** Answers the page's calls one after the other; those in `atOnce` do not wait for others. */
export function answerCalls(handlers: Handlers, atOnce: readonly CallName[]): void {
  let queue: Promise<void> = Promise.resolve();
  self.addEventListener('message', ({ data }: MessageEvent<CallMessage>) => {
    const { id, call, argument } = data;
    const run = async () => {
      try {
        const handler = handlers[call] as (argument: unknown) => Promise<Calls[CallName]['result']>;
        const result = await handler(argument);
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
