/** Files open at once: enough to keep a disk busy, few enough for every system's limit. */
const usualLanes = 16;

/**
 * `work` on every item, a few at a time; results in the order of the items. After a failure nothing more is begun, and
 * what is in hand comes to its end before the failure is thrown.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  lanes = usualLanes,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      try {
        results[i] = await work(items[i], i);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  const all = Array.from({ length: Math.min(lanes, items.length) }, lane);
  await Promise.allSettled(all);
  await Promise.all(all);
  return results;
}
