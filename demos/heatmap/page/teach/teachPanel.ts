import type { TrainingReport } from '../../messages.js';
import type { Camera } from '../../../page/camera.js';
import { byId, element } from '../../../page/element.js';
import { presets } from '../presets.js';
import type { Session } from '../session.js';
import { LearningCurve } from './learningCurve.js';
import { LessonCard, nextNumber, refusal, thumbnailOf } from './lessonCard.js';
import type { LessonPhoto, PhotoLesson } from './lessonCard.js';
import { ownModelPanel } from './ownModelPanel.js';

const mostClasses = 20;

/** Poolings to train with; a fifth of the regions does better than three on maps of this size. */
const poolings = [
  { title: 'WELDON, 20 %', pooling: { kMax: 0.2, kMin: null, alpha: 1, reduction: 'mean' as const } },
  ...presets.map(({ title, pooling }) => ({ title, pooling })),
];

/** Classes of the user's own: photos in, a trained head out. */
export function teachPanel(
  session: Session,
  camera: Camera,
  see: () => void,
): { take(files: File[], on: Element | null): void } {
  const lessons: PhotoLesson[] = [];
  const cards: LessonCard[] = [];
  const curve = new LearningCurve();
  const own = ownModelPanel(session, see);
  const size = byId<HTMLSelectElement>('teach-size');
  const pooling = byId<HTMLSelectElement>('teach-pooling');
  const epochs = byId<HTMLInputElement>('teach-epochs');
  const trainButton = byId<HTMLButtonElement>('train');
  const stopButton = byId('stop-training');
  const refused = byId('train-refusal');
  const text = byId('train-text');
  let reading: Promise<void> = Promise.resolve();
  let made = 0;
  let target: LessonCard | null = null;
  pooling.append(...poolings.map(({ title }, i) => element('option', { value: String(i) }, title)));

  function addLesson(): void {
    const lesson: PhotoLesson = { name: '', photos: [] };
    const card: LessonCard = new LessonCard(
      lesson,
      {
        renamed: () => hide(refused),
        add: (files) => addPhotos(card, files),
        camera: () =>
          void camera.open(`Photos of ${lesson.name || 'this class'}`, (photo) =>
            addPhotos(card, [new File([photo], `camera ${lesson.photos.length + 1}`)]),
          ),
        drop: (photo) => takeAway(card, [photo]),
        remove: () => {
          takeAway(card, [...lesson.photos]);
          lessons.splice(lessons.indexOf(lesson), 1);
          cards.splice(cards.indexOf(card), 1);
          card.root.remove();
          byId<HTMLButtonElement>('add-class').disabled = lessons.length >= mostClasses;
        },
      },
      ++made,
    );
    card.root.addEventListener('focusin', () => {
      target = card;
    });
    lessons.push(lesson);
    cards.push(card);
    byId('add-class').before(card.root);
    byId<HTMLButtonElement>('add-class').disabled = lessons.length >= mostClasses;
  }

  function takeAway(card: LessonCard, photos: readonly LessonPhoto[]): void {
    card.lesson.photos = card.lesson.photos.filter((photo) => !photos.includes(photo));
    photos.forEach(({ thumbnail }) => thumbnail.close());
    void session.worker.call('forgetPhotos', { numbers: photos.map(({ number }) => number) });
    card.show();
  }

  /** Photos are read one after the other; those that cannot be are named in one sentence. */
  function addPhotos(card: LessonCard, files: readonly File[]): void {
    reading = reading.then(async () => {
      const bad: string[] = [];
      for (const [i, file] of files.entries()) {
        if (!lessons.includes(card.lesson)) {
          return;
        }
        text.textContent = `Reading photo ${i + 1} of ${files.length}`;
        try {
          card.lesson.photos.push(await learn(file, file.name, nextNumber()));
          card.show();
        } catch (error) {
          bad.push((error as Error).message);
        }
      }
      const good = files.length - bad.length;
      text.textContent = `${good} ${good === 1 ? 'photo' : 'photos'} read.`;
      if (bad.length > 0) {
        session.say(
          bad.length === 1 ? bad[0] : `${bad.length} of ${files.length} files cannot be used. The first: ${bad[0]}`,
        );
      }
    });
  }

  async function learn(file: Blob, name: string, number: number): Promise<LessonPhoto> {
    const wanted = Number(size.value);
    const { thumbnail } = await session.worker.call('learnPhoto', { number, file, name, size: wanted });
    return { number, file, name, thumbnail, size: wanted, held: false };
  }

  /** Features at another resolution, where it was changed since the photos were read. */
  async function readAgain(): Promise<void> {
    const stale = lessons.flatMap(({ photos }) => photos).filter((photo) => photo.size !== Number(size.value));
    for (const [i, photo] of stale.entries()) {
      text.textContent = `Reading photo ${i + 1} of ${stale.length} at ${size.value} px`;
      const { thumbnail, size: fresh } = await learn(photo.file, photo.name, photo.number);
      thumbnail.close();
      photo.size = fresh;
    }
  }

  function showReport({ heldOut, stopped, epochs: passes, milliseconds }: TrainingReport): void {
    const held = new Map(heldOut.map((each) => [each.photo, each]));
    const all = lessons.flatMap(({ photos }) => photos);
    all.forEach((photo) => {
      photo.held = held.has(photo.number);
    });
    cards.forEach((card) => card.show());
    const wrong = heldOut.filter(({ wanted, predicted }) => wanted !== predicted);
    text.textContent =
      `${stopped ? 'Stopped' : 'Trained'} after ${passes} passes in ${(milliseconds / 1000).toFixed(1)} s. ` +
      (heldOut.length === 0
        ? 'No photo was set aside: give each class five or more to learn how good it is.'
        : `${heldOut.length - wrong.length} of ${heldOut.length} photos set aside are right.`);
    byId('mistakes').replaceChildren(
      ...wrong
        .slice(0, 6)
        .map(({ photo, wanted, predicted }) =>
          element(
            'div',
            { className: 'mistake' },
            thumbnailOf(all.find(({ number }) => number === photo) as LessonPhoto),
            element('span', {}, `“${lessons[wanted].name}” taken for “${lessons[predicted].name}”`),
          ),
        ),
    );
  }

  async function train(): Promise<void> {
    await reading;
    const why = refusal(lessons);
    refused.hidden = why === null;
    refused.textContent = why;
    if (why !== null) {
      return;
    }
    trainButton.disabled = true;
    stopButton.hidden = false;
    curve.clear();
    byId('mistakes').replaceChildren();
    await session.attempt('Training', async () => {
      await readAgain();
      const report = await session.worker.call('train', {
        lessons: lessons.map(({ name, photos }) => ({ name, photos: photos.map(({ number }) => number) })),
        settings: {
          size: Number(size.value),
          epochs: Math.min(500, Math.max(1, Math.round(Number(epochs.value) || 40))),
          pooling: poolings[Number(pooling.value)].pooling,
        },
      });
      session.models.own = report.model;
      session.changed('models');
      showReport(report);
      if (session.modelName === 'own') {
        await session.useModel('own');
      }
    });
    trainButton.disabled = false;
    stopButton.hidden = true;
  }

  trainButton.addEventListener('click', () => void train());
  stopButton.addEventListener('click', () => void session.worker.call('stopTraining', null));
  byId('add-class').addEventListener('click', () => {
    addLesson();
    cards.at(-1)?.root.querySelector('input')?.focus();
  });
  session.worker.on('epoch', (record) => {
    curve.add(record);
    text.textContent = `Pass ${record.epoch} of ${record.epochs}`;
  });
  addLesson();
  addLesson();

  return {
    take(files, on) {
      if (files.some(({ name }) => name === 'model.json')) {
        void own.open(files);
        return;
      }
      const card =
        cards.find(({ root }) => on !== null && root.contains(on)) ??
        target ??
        cards.find(({ lesson }) => lesson.photos.length === 0) ??
        cards[0];
      if (card !== undefined) {
        addPhotos(card, files);
      }
    },
  };
}

function hide(element: HTMLElement): void {
  element.hidden = true;
}
