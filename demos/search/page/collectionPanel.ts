/** What is searched: its name and size, photos added to it, the zip that takes it along. */
import { byId, saveFile } from '../../page/element.js';
import { addPhotos, forgetOwn, openZip } from './exchange.js';
import type { Session } from './session.js';

const isZip = ({ name, type }: File) => /\.zip$/i.test(name) || type === 'application/zip';

/** Files that were dropped or pasted, or chosen: a collection, or a photo. */
export function takeFiles(session: Session, files: readonly File[]): void {
  const zip = files.find(isZip);
  const [first] = files;
  if (zip !== undefined) {
    void openZip(session, zip, zip.name);
  } else if (first !== undefined) {
    if (files.length > 1) {
      session.say(
        `One photo is searched by at a time: ${first.name} is opened, ${files.length - 1} other files are left out. ` +
          'To put photos into the collection, use Add photos.',
        'news',
      );
    }
    void session.openPhoto(first, first.name);
  }
}

export function collectionPanel(session: Session): void {
  const choose = (button: string, input: string, take: (files: File[]) => void) => {
    const picker = byId<HTMLInputElement>(input);
    byId(button).addEventListener('click', () => picker.click());
    picker.addEventListener('change', () => {
      take([...(picker.files ?? [])]);
      picker.value = '';
    });
  };
  choose('open-photo', 'photo-file', (files) => takeFiles(session, files));
  choose('add-photos', 'photo-files', (files) => void addPhotos(session, files));
  choose('open-zip', 'zip-file', (files) => files[0] !== undefined && void openZip(session, files[0], files[0].name));
  byId('save-zip').addEventListener('click', () =>
    session.attempt('Making the zip file', async () => {
      const name = (session.facts?.name ?? 'collection').replace(/[^\p{L}\p{N} _-]/gu, '_');
      saveFile(`${name}.zip`, await session.worker.call('saveZip', null));
    }),
  );
  byId('forget-own').addEventListener('click', () => void forgetOwn(session));
  session.on('collection', () => {
    const { facts, isOwn } = session;
    if (facts !== null) {
      byId('collection-name').textContent = facts.name;
      byId('collection-count').textContent = `${facts.count} items`;
      byId('collection-about').textContent = facts.about ?? '';
    }
    byId('forget-own').hidden = !isOwn;
  });
}
