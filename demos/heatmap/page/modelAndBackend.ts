import type { BackendName } from '../../page/messages.js';
import { backendNames, backendTitles } from '../../page/messages.js';
import type { ModelName } from '../messages.js';
import { byId, element } from '../../page/element.js';
import type { Session } from './session.js';

/** Which network reads the photos, once there is one besides the page's own. */
export function modelPanel(session: Session): (name: ModelName) => Promise<void> {
  const select = byId<HTMLSelectElement>('model');
  select.append(
    element('option', { value: 'imagenet' }, 'ImageNet, 1000 classes'),
    element('option', { value: 'own' }),
  );
  select.addEventListener('change', () => void session.useModel(select.value as ModelName));
  session.on('models', () => {
    const { own } = session.models;
    byId('model-row').hidden = own === undefined;
    (select.options[1] as HTMLOptionElement).textContent =
      own === undefined ? '' : `Yours, ${own.classNames.length} classes`;
    select.value = session.modelName;
  });
  return (name) => session.useModel(name);
}

/** Which backend is at work, and a switch for it. */
export function backendPanel(session: Session): void {
  const select = byId<HTMLSelectElement>('backend');
  select.append(...backendNames.map((name) => element('option', { value: name }, backendTitles[name])));
  select.addEventListener('change', () => void session.useBackend(select.value as BackendName));
  session.on('backend', () => {
    const { backend } = session;
    if (backend !== null) {
      select.value = backend.name;
      select.disabled = false;
      byId('device').textContent = backend.device;
      byId('passed-over').textContent = backend.passedOver.join(' ');
    }
  });
}
