import type { BackendName } from '../messages.js';
import { backendNames, backendTitles } from '../messages.js';
import { byId, element } from './element.js';
import type { Session } from './session.js';

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
