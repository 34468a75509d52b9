import { element } from './element.js';
import type { Notice } from './messages.js';

const most = 4;

/** Sentences about what went wrong or changed; each stays until it is closed or four newer ones came. */
export function noticeList(list: HTMLElement): (notice: Notice) => void {
  return ({ kind, sentence }) => {
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
  };
}
