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
