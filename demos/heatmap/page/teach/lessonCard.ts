import { element } from '../../../page/element.js';

/** A photo to teach with; its features are in the worker, under its number. */
export interface LessonPhoto {
  number: number;
  file: Blob;
  name: string;
  thumbnail: ImageBitmap;
  /** resolution of the features that the worker has */
  size: number;
  /** set aside to test with */
  held: boolean;
}

export interface PhotoLesson {
  name: string;
  photos: LessonPhoto[];
}

let last = 0;

/** A number that no other photo has. */
export function nextNumber(): number {
  return ++last;
}

/** Why these classes cannot be trained on yet, or `null`. */
export function refusal(lessons: readonly PhotoLesson[]): string | null {
  const names = lessons.map(({ name }) => name.trim());
  if (lessons.length < 2) {
    return 'Teach at least two classes.';
  }
  if (names.includes('')) {
    return 'Every class needs a name.';
  }
  const twice = names.find((name, i) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== i);
  if (twice !== undefined) {
    return `Two classes are called “${twice}”. Give each a name of its own.`;
  }
  const poor = lessons.find(({ photos }) => photos.length < 2);
  if (poor !== undefined) {
    return (
      `“${poor.name.trim()}” has ${poor.photos.length === 0 ? 'no photo' : 'one photo'}. Give every class at least two; ` +
      'from five on, one in five is set aside to test with.'
    );
  }
  return null;
}

export interface LessonCardActions {
  renamed(): void;
  add(files: File[]): void;
  camera(): void;
  drop(photo: LessonPhoto): void;
  remove(): void;
}

/** One class to teach: its name, its photos, and ways to add some. */
export class LessonCard {
  readonly root: HTMLElement;
  private readonly photos = element('div');
  private readonly count = element('span', { className: 'small muted' });
  private readonly remove = element('button', { type: 'button', className: 'close', textContent: '×' });

  constructor(
    readonly lesson: PhotoLesson,
    private readonly actions: LessonCardActions,
    private readonly number: number,
  ) {
    const name = element('input', {
      type: 'text',
      value: lesson.name,
      maxLength: 60,
      placeholder: 'Name of the class',
    });
    name.setAttribute('aria-label', `Name of class ${number}`);
    name.addEventListener('input', () => {
      lesson.name = name.value;
      this.show();
      actions.renamed();
    });
    this.remove.addEventListener('click', () => actions.remove());
    const picker = element('input', { type: 'file', accept: 'image/*', multiple: true, hidden: true });
    picker.setAttribute('aria-label', 'Photos of the class');
    picker.addEventListener('change', () => {
      actions.add([...(picker.files ?? [])]);
      picker.value = '';
    });
    const add = element('button', { type: 'button', textContent: 'Add photos' });
    add.addEventListener('click', () => picker.click());
    const camera = element('button', { type: 'button', textContent: 'Camera' });
    camera.addEventListener('click', () => actions.camera());
    this.root = element(
      'section',
      { className: 'card lesson' },
      element('header', {}, name, this.remove),
      this.photos,
      element('footer', {}, add, camera, this.count),
      picker,
    );
    this.show();
  }

  show(): void {
    const {
      lesson: { name, photos },
      actions,
    } = this;
    const title = name || `class ${this.number}, without a name`;
    this.root.setAttribute('aria-label', `Photos of ${title}`);
    this.remove.setAttribute('aria-label', `Take away ${title}`);
    const held = photos.filter((photo) => photo.held).length;
    this.count.textContent =
      photos.length === 0
        ? ''
        : `${photos.length} ${photos.length === 1 ? 'photo' : 'photos'}${held > 0 ? `, ${held} to test` : ''}`;
    this.photos.className = photos.length === 0 ? 'photos empty' : 'photos';
    this.photos.replaceChildren(
      ...(photos.length === 0
        ? ['Drop photos of it here']
        : photos.map((photo) => {
            const thumb = element(
              'button',
              { type: 'button', className: photo.held ? 'thumb held' : 'thumb', title: photo.name },
              thumbnailOf(photo),
            );
            thumb.setAttribute('aria-label', `Take away ${photo.name}${photo.held ? ', set aside to test' : ''}`);
            thumb.addEventListener('click', () => actions.drop(photo));
            return thumb;
          })),
    );
  }
}

/** The small picture of a photo. */
export function thumbnailOf({ thumbnail }: LessonPhoto): HTMLCanvasElement {
  const canvas = element('canvas', { width: thumbnail.width, height: thumbnail.height });
  (canvas.getContext('2d') as CanvasRenderingContext2D).drawImage(thumbnail, 0, 0);
  return canvas;
}
