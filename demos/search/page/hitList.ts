/** The found items, best first, each with the place where it matches. */
import { byId, element } from '../../page/element.js';
import type { ShownHit } from '../messages.js';
import { hitsShown } from '../messages.js';
import { outlineOther } from './queryStage.js';
import type { Session } from './session.js';
import { imageShare } from './thumbnails.js';

interface Card {
  root: HTMLLIElement;
  show(hit: ShownHit): void;
  showPlace(hit: ShownHit): void;
}

const score = (value: number) => value.toFixed(2);

function makeCard(session: Session): Card {
  let shown: ShownHit | null = null;
  const thumb = element('span', { className: 'thumb' });
  const where = element('span', { className: 'where', hidden: true });
  const tile = element('button', { type: 'button', className: 'tile' }, thumb, where);
  const name = element('span', { className: 'name' });
  const value = element('span', { className: 'value' });
  const like = element('button', { type: 'button', className: 'judge', textContent: '+' });
  const unlike = element('button', { type: 'button', className: 'judge', textContent: '−' });
  const root = element(
    'li',
    { className: 'hit' },
    tile,
    name,
    element('div', { className: 'caption' }, value, like, unlike),
  );
  const point = (box: ShownHit['queryBox']) => () => outlineOther(session, shown === null ? null : box);
  for (const begin of ['pointerenter', 'focusin'] as const) {
    root.addEventListener(begin, () => outlineOther(session, shown?.queryBox ?? null));
  }
  for (const end of ['pointerleave', 'focusout'] as const) {
    root.addEventListener(end, point(null));
  }
  tile.addEventListener('click', () => {
    if (shown !== null) {
      void session.searchByItem(shown.id);
    }
  });
  like.addEventListener('click', () => shown !== null && void session.judge(shown.id, 'like'));
  unlike.addEventListener('click', () => shown !== null && void session.judge(shown.id, 'unlike'));

  function showPlace(hit: ShownHit): void {
    where.hidden = hit.box === null;
    if (hit.box !== null) {
      const { width, height } = hit.meta as { width?: number; height?: number };
      const share = imageShare(width ?? 1, height ?? 1);
      Object.assign(where.style, {
        left: `${100 * (share.left + hit.box.x * share.width)}%`,
        top: `${100 * (share.top + hit.box.y * share.height)}%`,
        width: `${100 * hit.box.width * share.width}%`,
        height: `${100 * hit.box.height * share.height}%`,
      });
    }
  }

  return {
    root,
    show(hit) {
      const isOther = shown?.tile !== hit.tile || shown.id !== hit.id;
      shown = hit;
      const title = session.titleOf(hit.id, hit.meta.name);
      if (isOther) {
        session.thumbnails.paint(thumb, hit.tile);
        name.textContent = title;
        name.title = hit.id;
        like.setAttribute('aria-label', `More like ${title}`);
        unlike.setAttribute('aria-label', `Less like ${title}`);
      }
      value.textContent = score(hit.similarity);
      const least = session.collection?.threshold;
      root.classList.toggle('weak', least !== undefined && hit.similarity < least);
      tile.setAttribute('aria-label', `${title}, similarity ${score(hit.similarity)}: search for what is like it`);
      showPlace(hit);
    },
    showPlace,
  };
}

export function hitList(session: Session): void {
  const list = byId('hits');
  const verdict = byId('verdict');
  const cards = Array.from({ length: hitsShown }, () => makeCard(session));

  session.on('found', () => {
    const { found } = session;
    if (found === null) {
      return;
    }
    cards.forEach((card, i) => {
      const hit = found.hits[i];
      if (hit !== undefined) {
        card.show(hit);
      }
    });
    const roots = cards.slice(0, found.hits.length).map(({ root }) => root);
    if (list.children.length !== roots.length) {
      list.replaceChildren(...roots);
    }
    verdict.textContent = inWords(session);
    verdict.classList.toggle('nothing', found.nothingSimilar);
    byId('none').hidden = found.hits.length > 0;
    byId('took').textContent =
      found.milliseconds === undefined
        ? ''
        : `${found.milliseconds < 1000 ? `${Math.max(1, Math.round(found.milliseconds))} ms` : `${(found.milliseconds / 1000).toFixed(1)} s`}`;
    if (performance.getEntriesByName('first-results').length === 0) {
      performance.mark('first-results');
    }
  });
  session.on('places', () => session.found?.hits.forEach((hit, i) => cards[i]?.showPlace(hit)));
}

function inWords(session: Session): string {
  const { found, query, box } = session;
  if (found === null) {
    return '';
  }
  const least = session.collection?.threshold;
  if (found.nothingSimilar) {
    const from = least === undefined ? '' : `, and similar begins at ${score(least)}`;
    return found.hits.length === 0
      ? 'Nothing similar is left.'
      : `Nothing similar here: the best reaches ${score(found.similarity)}${from}. These are the least unlike.`;
  }
  if (query.kind === 'items') {
    return 'What is like the examples.';
  }
  if (box !== null) {
    return 'What is like the part in the box.';
  }
  return found.byWhole ? 'The photo as a whole is like these.' : 'The part in the box is like these.';
}
