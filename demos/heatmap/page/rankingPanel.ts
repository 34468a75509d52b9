import { percentText, scoreText } from '../../../src/index.js';
import type { RankedClass } from '../messages.js';
import { byId, element } from '../../page/element.js';
import type { Session } from './session.js';

/** The part of an ImageNet name that is shown: "tabby, tabby cat" is a list of synonyms. */
export function shortName(name: string): string {
  return name.split(',')[0];
}

/** How full a class' bar is, in percent. */
function share({ probability, score }: RankedClass, best: RankedClass): number {
  return 100 * (probability ?? Math.max(0, score / Math.max(best.score, 1e-9)));
}

/** The best classes with their scores; one of them, or any other by name, is looked at. */
export function rankingPanel(session: Session): void {
  const list = byId('ranking');
  const search = byId<HTMLInputElement>('class-search');
  const options = byId('class-names');
  const rows = new Map<number, { root: HTMLButtonElement; value: HTMLElement; item: HTMLElement }>();

  function row(index: number) {
    const known = rows.get(index);
    if (known !== undefined) {
      return known;
    }
    const value = element('span', { className: 'value' });
    const root = element(
      'button',
      { type: 'button', className: 'class' },
      element(
        'span',
        { className: 'name', title: session.model.classNames[index] },
        shortName(session.model.classNames[index]),
      ),
      value,
    );
    root.addEventListener('click', () => void session.select(index));
    const made = { root, value, item: element('li', {}, root) };
    rows.set(index, made);
    return made;
  }

  function show(): void {
    const { seen } = session;
    if (seen === null) {
      return;
    }
    const { ranking, selected } = seen.pooled[0];
    const shown = ranking.some(({ index }) => index === selected.index) ? ranking : [...ranking, selected];
    const items = shown.map((each) => {
      const { root, value, item } = row(each.index);
      root.style.setProperty('--share', `${share(each, ranking[0]).toFixed(1)}%`);
      root.setAttribute('aria-pressed', String(each.index === selected.index));
      const place =
        each.index === selected.index && !ranking.includes(each) && shown.length > ranking.length
          ? `no. ${selected.place} · `
          : '';
      value.textContent = `${place}${each.probability === null ? scoreText(each.score) : percentText(each.probability)}`;
      root.title = `${session.model.classNames[each.index]}: score ${scoreText(each.score)}`;
      return item;
    });
    if (items.length !== list.children.length || items.some((item, i) => list.children[i] !== item)) {
      list.replaceChildren(...items);
    }
  }

  session.on('models', () => {
    rows.clear();
    options.replaceChildren(...session.model.classNames.map((name) => element('option', { value: name })));
    byId('search-row').hidden = session.model.classNames.length <= 5;
  });
  session.on('seen', show);
  session.on('pooled', show);
  search.addEventListener('change', () => {
    const wanted = search.value.trim().toLowerCase();
    if (wanted === '') {
      return;
    }
    const names = session.model.classNames;
    const index = [
      names.findIndex((name) => name.toLowerCase() === wanted),
      names.findIndex((name) =>
        name
          .toLowerCase()
          .split(',')
          .some((part) => part.trim() === wanted),
      ),
      names.findIndex((name) => name.toLowerCase().includes(wanted)),
    ].find((found) => found >= 0);
    if (index === undefined) {
      session.say(`The network has no class called “${search.value.trim()}”.`);
    } else {
      void session.select(index);
    }
    search.value = '';
  });
}
