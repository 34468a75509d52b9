import type { AnswerMessage, CallMessage, CallTable, EventMessage } from './messages.js';

/** What went wrong in the worker, as a sentence for the user. */
export class Trouble extends Error {
  /** whether the backend is to blame, so that another one may do */
  readonly backendFailed: boolean;

  constructor(sentence: string, backendFailed = false) {
    super(sentence);
    this.backendFailed = backendFailed;
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Trouble): void;
}

/** The worker, as functions that return promises: `C` its calls, `E` what it says without being asked. */
export class WorkerCalls<C extends CallTable<C>, E> {
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<keyof E, (detail: E[keyof E]) => void>();
  private last = 0;

  constructor(private readonly worker: Worker) {
    worker.addEventListener('message', ({ data }: MessageEvent<AnswerMessage<C> | EventMessage<E>>) => this.take(data));
    worker.addEventListener('error', (event) => {
      this.waiting.forEach(({ reject }) =>
        reject(new Trouble(`The page's worker stopped: ${event.message}. Load the page again.`)),
      );
      this.waiting.clear();
    });
  }

  call<K extends keyof C>(
    call: K,
    argument: C[K]['argument'],
    handedOver: Transferable[] = [],
  ): Promise<C[K]['result']> {
    const id = ++this.last;
    const message: CallMessage<C, K> = { id, call, argument };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.worker.postMessage(message, handedOver);
    });
  }

  on<K extends keyof E>(event: K, listener: (detail: E[K]) => void): void {
    this.listeners.set(event, listener as (detail: E[keyof E]) => void);
  }

  private take(message: AnswerMessage<C> | EventMessage<E>): void {
    if ('event' in message) {
      this.listeners.get(message.event)?.(message.detail);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ('trouble' in message) {
      waiting?.reject(new Trouble(message.trouble, message.backendFailed));
    } else {
      waiting?.resolve(message.result);
    }
  }
}
