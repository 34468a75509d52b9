import { byId } from './element.js';
import type { Session } from './session.js';

/**
 * Files that are dropped on the page or pasted into it.
 *
 * @param take gets the files and the element that they were dropped on
 */
export function dropAndPaste(take: (files: File[], on: Element | null) => void, nothing: () => void): void {
  let depth = 0;
  const mark = () => document.body.classList.toggle('dropping', depth > 0);
  document.addEventListener('dragenter', (event) => {
    event.preventDefault();
    depth++;
    mark();
  });
  document.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    mark();
  });
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    mark();
    const files = filesIn(event.dataTransfer);
    if (files.length === 0) {
      nothing();
    } else {
      take(files, event.target as Element | null);
    }
  });
  document.addEventListener('paste', (event) => {
    const files = filesIn(event.clipboardData);
    if (files.length > 0) {
      event.preventDefault();
      take(files, null);
    }
  });
}

/** Files in what was dropped or pasted. */
function filesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}

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
