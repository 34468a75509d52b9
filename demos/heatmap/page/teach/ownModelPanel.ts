import type { ModelState } from '../../messages.js';
import { byId, saveFile } from '../../../page/element.js';
import type { Session } from '../session.js';

/** More than any network for a browser. */
const mostBytes = 1e9;

/** The files of a model among those of a folder: model.json nearest to its top, and the weights beside it. */
function modelFilesAmong(files: readonly File[]): File[] {
  const pathOf = (file: File) => file.webkitRelativePath || file.name;
  const [json] = files
    .filter(({ name }) => name === 'model.json')
    .sort((a, b) => pathOf(a).split('/').length - pathOf(b).split('/').length);
  const folder = json === undefined ? '' : pathOf(json).slice(0, -'model.json'.length);
  return files.filter((file) => file === json || (file.name.endsWith('.bin') && pathOf(file) === folder + file.name));
}

/** The user's own model: seen, saved, opened, forgotten. */
export function ownModelPanel(session: Session, see: () => void): { open(files: readonly File[]): Promise<void> } {
  const shown = byId('own-text');

  function show(): void {
    const { own } = session.models;
    byId('own-buttons').hidden = own === undefined;
    shown.textContent =
      own === undefined
        ? 'None yet. Train one, or open one.'
        : `${own.classNames.length} classes: ${own.classNames.join(', ')}. It stays in this browser until you forget it.`;
  }

  function take(own: ModelState): void {
    session.models.own = own;
    session.changed('models');
  }

  async function open(files: readonly File[]): Promise<void> {
    const chosen = modelFilesAmong(files);
    await session.attempt('Opening the model', async () => {
      if (chosen.reduce((bytes, { size }) => bytes + size, 0) > mostBytes) {
        throw new Error('These files are too large for a model that a browser can run.');
      }
      const named = await Promise.all(
        chosen.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
      );
      take(
        await session.worker.call(
          'openModel',
          { files: named },
          named.map(({ bytes }) => bytes.buffer),
        ),
      );
      session.say(`The model is open: ${(session.models.own as ModelState).classNames.join(', ')}.`, 'news');
    });
    if (session.modelName === 'own') {
      await session.useModel('own');
    }
  }

  for (const [button, input] of [
    ['own-open', 'own-files'],
    ['own-folder', 'own-directory'],
  ]) {
    const picker = byId<HTMLInputElement>(input);
    byId(button).addEventListener('click', () => picker.click());
    picker.addEventListener('change', () => {
      void open([...(picker.files ?? [])]);
      picker.value = '';
    });
  }
  byId('own-see').addEventListener('click', see);
  byId('own-save').addEventListener(
    'click',
    () =>
      void session.attempt('Saving the model', async () => {
        for (const { name, bytes } of await session.worker.call('modelFiles', null)) {
          saveFile(name, bytes);
        }
      }),
  );
  byId('own-forget').addEventListener(
    'click',
    () =>
      void session.attempt(null, async () => {
        if (session.modelName === 'own') {
          await session.useModel('imagenet');
        }
        await session.worker.call('forgetModel', null);
        session.models.own = undefined;
        session.changed('models');
      }),
  );
  session.on('models', show);
  show();
  return { open };
}
