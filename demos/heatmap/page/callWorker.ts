import type { AnswerMessage, CallMessage, CallName, Calls, EventMessage, EventName, Events } from '../messages.js';

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
  resolve(result: Calls[CallName]['result']): void;
  reject(error: Trouble): void;
}

/** The worker, as functions that return promises. */
export class WorkerCalls {
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<EventName, (detail: Events[EventName]) => void>();
  private last = 0;

  constructor(private readonly worker: Worker) {
    worker.addEventListener('message', ({ data }: MessageEvent<AnswerMessage | EventMessage>) => this.take(data));
    worker.addEventListener('error', (event) => {
      this.waiting.forEach(({ reject }) =>
        reject(new Trouble(`The page's worker stopped: ${event.message}. Load the page again.`)),
      );
      this.waiting.clear();
    });
  }

  call<K extends CallName>(
    call: K,
    argument: Calls[K]['argument'],
    handedOver: Transferable[] = [],
  ): Promise<Calls[K]['result']> {
    const id = ++this.last;
    const message: CallMessage<K> = { id, call, argument };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.worker.postMessage(message, handedOver);
    });
  }

  on<K extends EventName>(event: K, listener: (detail: Events[K]) => void): void {
    this.listeners.set(event, listener as (detail: Events[EventName]) => void);
  }

  private take(message: AnswerMessage | EventMessage): void {
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
