/** Collections come and go: photos added, a zip opened, the page's own again. */
import type { CollectionFacts } from '../../../src/search/index.js';
import type { CollectionState } from '../messages.js';
import type { Session } from './session.js';

/** Adds photos to the collection. */
export async function addPhotos(session: Session, files: readonly File[]): Promise<void> {
  await session.attempt(`Adding ${files.length === 1 ? 'a photo' : `${files.length} photos`}`, async () => {
    await session.collectionReady.done;
    await session.networkReady.done;
    const list = files.map((file) => ({ file, name: file.name }));
    const { items, refused, trouble } = await session.worker.call('addPhotos', { files: list });
    const state = session.collection as CollectionState;
    items.forEach(({ id, thumbnail, place }) => {
      session.thumbnails.add(thumbnail);
      state.ids.push(id);
      state.metas.push({ folder: 'yours' });
      state.facts.places.push(...place);
      state.facts.count++;
    });
    session.isOwn ||= items.length > 0;
    [...refused, ...(trouble === null ? [] : [trouble])].forEach((sentence) => session.say(sentence));
    session.changed('collection');
    if (items.length > 0) {
      session.say(`${items.length} of ${files.length} photos are in the collection, and kept in this browser.`, 'news');
      await session.wish({});
    }
  });
}

/** Puts a collection of the user's own in place of the page's. */
export async function openZip(session: Session, file: Blob, name: string): Promise<void> {
  await session.attempt(`Opening ${name}`, async () => {
    await session.collectionReady.done;
    session.take(await session.worker.call('openZip', { file, name }), true);
    session.say(`${name}: ${(session.facts as CollectionFacts).count} items are searched now.`, 'news');
    await afterExchange(session);
  });
}

export async function forgetOwn(session: Session): Promise<void> {
  await session.attempt('Going back', async () => {
    session.take(await session.worker.call('forgetOwn', { folder: session.folder }), false);
    await afterExchange(session);
  });
}

/** Another collection was put in place: what was looked at is looked at again. */
async function afterExchange(session: Session): Promise<void> {
  const { query } = session;
  const sample = query.kind === 'photo' ? session.samples.find(({ id }) => id === query.sample) : undefined;
  if (sample !== undefined) {
    session.showSample(sample, false);
  }
  await session.searchAnew();
}
