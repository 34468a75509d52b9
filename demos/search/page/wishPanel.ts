/** Filters, the threshold, and the examples that were chosen. */
import { byId, element } from '../../page/element.js';
import type { Session } from './session.js';

/** Milliseconds that a slider rests before it is asked for. */
const rest = 60;

export function wishPanel(session: Session): void {
  const filters = byId('filters');
  const least = byId<HTMLInputElement>('least');
  const text = byId('least-text');
  const chips = byId('examples');
  let resting: ReturnType<typeof setTimeout> | undefined;

  least.addEventListener('input', () => {
    const value = Number(least.value);
    text.textContent = value === 0 ? 'any' : value.toFixed(2);
    clearTimeout(resting);
    resting = setTimeout(() => void session.wish({ threshold: value === 0 ? null : value }), rest);
  });

  session.on('collection', () => {
    const fields = session.collection?.fields ?? [];
    const shown = [...filters.querySelectorAll('select')].map(({ name, options }) => [name, options.length]);
    if (JSON.stringify(shown) === JSON.stringify(fields.map(({ name, values }) => [name, values.length + 1]))) {
      return;
    }
    filters.replaceChildren(
      ...fields.map(({ name, values }) => {
        const select = element('select', { name });
        select.append(
          element('option', { value: '' }, `any ${name}`),
          ...values.map((value) => element('option', { value }, value)),
        );
        select.setAttribute('aria-label', `Only of this ${name}`);
        select.addEventListener('change', () => {
          const { [name]: _, ...others } = session.wishes.filter;
          void session.wish({ filter: select.value === '' ? others : { ...others, [name]: select.value } });
        });
        return select;
      }),
    );
  });

  function chip(id: string, as: 'like' | 'unlike'): HTMLElement {
    const tile = session.tileOf(id);
    const name = session.nameOf(tile);
    const thumb = element('span', { className: 'thumb' });
    if (tile >= 0) {
      session.thumbnails.paint(thumb, tile);
    }
    const sign = as === 'like' ? '+' : '−';
    const drop = element('button', { type: 'button', className: 'chip' }, thumb, `${sign} ${name}`);
    drop.setAttribute('aria-label', `${as === 'like' ? 'More' : 'Less'} like ${name}: take this back`);
    drop.addEventListener('click', () => void session.judge(id, as));
    return drop;
  }

  session.on('wishes', () => {
    const { filter, like, unlike, threshold } = session.wishes;
    filters.querySelectorAll('select').forEach((select) => {
      select.value = String(filter[select.name] ?? '');
    });
    if (document.activeElement !== least) {
      least.value = String(threshold ?? 0);
      text.textContent = threshold === null ? 'any' : threshold.toFixed(2);
    }
    const shown = session.query.kind === 'items' && like.length === 1 ? [] : like;
    chips.replaceChildren(...shown.map((id) => chip(id, 'like')), ...unlike.map((id) => chip(id, 'unlike')));
    chips.hidden = chips.children.length === 0;
  });
}
