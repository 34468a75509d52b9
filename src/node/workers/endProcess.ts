/** Ends of the process at once, beside threads that are in native code: to leave them there is an abort (134). */

const busy = new Set<() => Promise<unknown>>();

/**
 * Has something come to its end before `endProcess` ends the process.
 *
 * @param settle begins nothing more, and resolves when nothing is under way
 * @returns call it when there is nothing any more that could be under way
 */
export function settleBeforeEnd(settle: () => Promise<unknown>): () => void {
  busy.add(settle);
  return () => void busy.delete(settle);
}

/** Ends the process as soon as no thread is in native code, which takes as long as a batch in a network. */
export async function endProcess(code: number): Promise<never> {
  await Promise.allSettled([...busy].map((settle) => settle()));
  process.exit(code);
}
