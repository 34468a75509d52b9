import { byId, element } from './element.js';
import type { Session } from './session.js';

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** What the page is busy with; weights that load show how far they are. */
export function progressView(session: Session): void {
  const row = byId('progress');
  const text = byId('progress-text');
  const bar = byId<HTMLProgressElement>('progress-bar');
  session.worker.on('loading', ({ what, loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    text.textContent = `${what}: ${megabytes(loaded)} of ${megabytes(total)} MB`;
  });
  session.on('busy', () => {
    row.classList.toggle('on', session.busy !== null);
    if (session.busy !== null) {
      text.textContent = `${session.busy} …`;
      bar.removeAttribute('value');
    }
  });
}

const most = 4;

/** Sentences about what went wrong or changed; each stays until it is closed or four newer ones came. */
export function noticesPanel(session: Session): void {
  const list = byId('notices');
  session.onNotice(({ kind, sentence }) => {
    const close = element('button', { type: 'button', className: 'close', textContent: '×' });
    close.setAttribute('aria-label', 'Close this message');
    const notice = element('div', { className: `notice ${kind}` }, element('p', {}, sentence), close);
    close.addEventListener('click', () => notice.remove());
    [...list.children]
      .filter((other) => other.querySelector('p')?.textContent === sentence)
      .forEach((other) => other.remove());
    list.append(notice);
    while (list.children.length > most) {
      list.firstElementChild?.remove();
    }
  });
}
