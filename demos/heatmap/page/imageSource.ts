import { byId } from '../../page/element.js';
import type { Session } from './session.js';

/** One photo of several files, with a word about the others. */
export function openFirst(session: Session, files: readonly File[]): void {
  const [first] = files;
  if (first === undefined) {
    return;
  }
  if (files.length > 1) {
    session.say(
      `One photo at a time here: ${first.name} is opened, ${files.length - 1} other files are left out. ` +
        'To teach with many photos, drop them on a class under Teach.',
      'news',
    );
  }
  void session.openPhoto(first, first.name);
}

/** A photo from the page's own samples. */
export async function openSample(session: Session, image: HTMLImageElement): Promise<void> {
  await session.attempt(null, async () => {
    const response = await fetch(image.src);
    await session.openPhoto(await response.blob(), image.dataset.name as string);
  });
}

/** Ways in for photos: samples, file dialogue, drop and paste. */
export function photoSource(session: Session): void {
  const picker = byId<HTMLInputElement>('photo-file');
  byId('open-photo').addEventListener('click', () => picker.click());
  picker.addEventListener('change', () => {
    openFirst(session, [...(picker.files ?? [])]);
    picker.value = '';
  });
  document
    .querySelectorAll<HTMLButtonElement>('#samples button')
    .forEach((button) =>
      button.addEventListener('click', () => void openSample(session, button.querySelector('img') as HTMLImageElement)),
    );
}
