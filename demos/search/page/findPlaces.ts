import type { Session } from './session.js';

/** Hits of which it is asked at once: the next call of another kind waits for no more. */
const atOnce = 2;

/** Where in the hits the query matches, the first ones first, as long as nothing else is asked for. */
export async function findPlaces(session: Session, isCurrent: () => boolean): Promise<void> {
  const { found, query } = session;
  if (found === null || query.kind === 'items') {
    return;
  }
  await session.networkReady.done;
  for (let at = 0; at < found.hits.length; at += atOnce) {
    const hits = found.hits.slice(at, at + atOnce).map(({ id, tile, part }) => ({ id, tile, part }));
    if (!isCurrent()) {
      return;
    }
    const places = await session.worker.call('places', { hits }).catch(() => []);
    if (!isCurrent() || found !== session.found) {
      return;
    }
    places.forEach(({ id, box }) => {
      const hit = found.hits.find((each) => each.id === id);
      if (hit !== undefined) {
        hit.box = box;
      }
    });
    session.changed('places');
  }
}
