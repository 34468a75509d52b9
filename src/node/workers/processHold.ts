/** Long enough to be of no concern, short enough for a timer. */
const hour = 3_600_000;

/**
 * Does work that waits for threads. Node ends a process in which nothing is left but a thread that does not keep it
 * alive, also in the middle of waiting for it; a timer does keep it alive.
 */
export async function stayAlive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, hour);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Keeps the process alive while somebody waits for a thread. */
export interface ProcessHold {
  /** One more waits; call `drop` once for it. */
  take(): void;
  drop(): void;
}

/** Longest time of a timer; it only has to be there. */
const longest = 2 ** 31 - 1;

/**
 * Threads that do not keep the process alive would have it end, without a word and with code 0, where nothing is left to
 * do but to wait for their answers. A timer holds it, whatever state the thread is in.
 */
export function processHold(): ProcessHold {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    take() {
      waiting++;
      timer ??= setInterval(() => undefined, longest);
    },
    drop() {
      if (--waiting === 0) {
        clearInterval(timer);
        timer = undefined;
      }
    },
  };
}
