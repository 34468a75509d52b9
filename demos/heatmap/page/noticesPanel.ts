import { byId } from '../../page/element.js';
import { noticeList } from '../../page/notices.js';
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

/** Sentences about what went wrong or changed. */
export function noticesPanel(session: Session): void {
  session.onNotice(noticeList(byId('notices')));
}
