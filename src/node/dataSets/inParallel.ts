/** Files open at once: enough to keep a disk busy, few enough for every system's limit. */
const usualLanes = 16;

/** `work` on every item, a few at a time; results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[], work: (item: T, index: number) => Promise<R>, lanes = usualLanes,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i], i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}
