/** The photo that is searched by, with the box that is sought on it: by pointer, touch and keys. */
import type { Box } from '../../../src/index.js';
import { byId, element } from '../../page/element.js';
import type { Session } from './session.js';

/** Smallest side of a box, as a share of the photo's. */
const smallest = 0.06;
/** How far a key moves it, as a share of the photo. */
const step = 0.03;
/** Milliseconds after the last key before the box is looked at closely. */
const rest = 450;

type Edges = { left: number; top: number; right: number; bottom: number };

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** The box after a corner was dragged, or all of it, in shares of the photo. */
function dragged(from: Edges, corner: string | null, dx: number, dy: number): Edges {
  if (corner === null) {
    const [x, y] = [clamp(dx, -from.left, 1 - from.right), clamp(dy, -from.top, 1 - from.bottom)];
    return { left: from.left + x, right: from.right + x, top: from.top + y, bottom: from.bottom + y };
  }
  const to = { ...from };
  if (corner.includes('w')) {
    to.left = clamp(from.left + dx, 0, from.right - smallest);
  } else {
    to.right = clamp(from.right + dx, from.left + smallest, 1);
  }
  if (corner.includes('n')) {
    to.top = clamp(from.top + dy, 0, from.bottom - smallest);
  } else {
    to.bottom = clamp(from.bottom + dy, from.top + smallest, 1);
  }
  return to;
}

export function queryStage(session: Session): void {
  const stage = byId('stage');
  const frame = byId('frame');
  const canvas = byId<HTMLCanvasElement>('photo');
  const crop = byId('crop');
  const other = byId('other-box');
  let edges: Edges = { left: 0, top: 0, right: 1, bottom: 1 };
  let moving: { id: number; corner: string | null; x: number; y: number; from: Edges } | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;

  const boxOf = ({ left, top, right, bottom }: Edges): Box => {
    const { width, height } = session.photo;
    return { x: left * width, y: top * height, width: (right - left) * width, height: (bottom - top) * height };
  };

  const place = (target: HTMLElement, { left, top, right, bottom }: Edges) =>
    Object.assign(target.style, {
      left: `${100 * left}%`,
      top: `${100 * top}%`,
      width: `${100 * (right - left)}%`,
      height: `${100 * (bottom - top)}%`,
    });

  function edgesOf(box: Box | null): Edges {
    const { width, height } = session.photo;
    return box === null
      ? { left: 0, top: 0, right: 1, bottom: 1 }
      : {
          left: clamp(box.x / width, 0, 1),
          top: clamp(box.y / height, 0, 1),
          right: clamp((box.x + box.width) / width, 0, 1),
          bottom: clamp((box.y + box.height) / height, 0, 1),
        };
  }

  function show(next: Edges): void {
    edges = next;
    place(crop, edges);
    const percent = (value: number) => `${Math.round(100 * value)} %`;
    const { left, top, right, bottom } = edges;
    crop.setAttribute(
      'aria-label',
      `The part that is sought: from ${percent(left)} to ${percent(right)} across, from ${percent(top)} to ${percent(bottom)} down`,
    );
  }

  function rested(): void {
    clearTimeout(resting);
    void session.useBox(boxOf(edges));
  }

  function change(next: Edges): void {
    show(next);
    void session.drag(boxOf(edges));
  }

  crop.addEventListener('keydown', (event) => {
    const moves: Record<string, [number, number]> = {
      ...{ ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] },
    };
    const move = moves[event.key];
    if (event.key === 'Escape') {
      void session.useBox(null);
    }
    if (move !== undefined) {
      event.preventDefault();
      change(dragged(edges, event.shiftKey ? 'se' : null, move[0], move[1]));
      clearTimeout(resting);
      resting = setTimeout(rested, rest);
    }
  });

  const shares = ({ clientX, clientY }: PointerEvent): [number, number] => {
    const { left, top, width, height } = frame.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };

  frame.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || session.query.kind !== 'photo') {
      return;
    }
    event.preventDefault();
    crop.focus({ preventScroll: true });
    const [x, y] = shares(event);
    const corner = (event.target as HTMLElement).dataset.corner ?? null;
    const isWhole = edges.right - edges.left > 0.98 && edges.bottom - edges.top > 0.98;
    const isInside = crop.contains(event.target as Node) && (corner !== null || !isWhole);
    // Beside the box, or where it covers all, a new one is drawn.
    const from = isInside ? edges : { left: x, right: x, top: y, bottom: y };
    moving = { id: event.pointerId, corner: isInside ? corner : 'new', x, y, from };
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener('pointermove', (event) => {
    if (moving?.id !== event.pointerId) {
      return;
    }
    const [x, y] = shares(event);
    if (moving.corner === 'new') {
      const far = Math.max(Math.abs(x - moving.x), Math.abs(y - moving.y));
      if (far > smallest) {
        const across = [clamp(x, 0, 1), moving.x].sort((a, b) => a - b);
        const down = [clamp(y, 0, 1), moving.y].sort((a, b) => a - b);
        change({
          left: Math.min(across[0], 1 - smallest),
          right: Math.max(across[1], across[0] + smallest),
          top: Math.min(down[0], 1 - smallest),
          bottom: Math.max(down[1], down[0] + smallest),
        });
      }
    } else {
      change(dragged(moving.from, moving.corner, x - moving.x, y - moving.y));
    }
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    frame.addEventListener(end, (event) => {
      if (moving?.id === event.pointerId) {
        const isChanged = edges !== moving.from && session.box !== null;
        moving = null;
        if (isChanged) {
          rested();
        }
      }
    });
  }

  byId('find-place').addEventListener('click', () => void session.useBox(null));
  byId('whole-photo').addEventListener('click', () => {
    const { width, height } = session.photo;
    void session.useBox({ x: 0, y: 0, width, height });
  });

  session.on('photo', () => {
    const { preview, width, height, name } = session.photo;
    const isPhoto = session.query.kind === 'photo';
    stage.classList.toggle('by-items', !isPhoto);
    byId('by-items').hidden = isPhoto;
    frame.hidden = !isPhoto;
    other.hidden = true;
    if (!isPhoto) {
      return;
    }
    frame.style.setProperty('--aspect', String(width / height));
    canvas.setAttribute('aria-label', `The photo: ${name}`);
    const isLoaded = preview instanceof ImageBitmap || (preview?.complete === true && preview.naturalWidth > 0);
    if (isLoaded) {
      Object.assign(canvas, { width: preview.width, height: preview.height });
      (canvas.getContext('2d') as CanvasRenderingContext2D).drawImage(preview, 0, 0);
    }
    if (session.box !== null && moving === null) {
      show(edgesOf(session.box));
    }
  });

  session.on('found', () => {
    if (session.query.kind === 'photo' && moving === null) {
      show(edgesOf(session.box ?? session.found?.queryBox ?? null));
    }
    other.hidden = true;
  });

  session.on('wishes', () => {
    const list = byId('by-items-list');
    list.replaceChildren(
      ...session.wishes.like.map((id) => {
        const tile = session.tileOf(id);
        const thumb = element('span', { className: 'thumb' });
        if (tile >= 0) {
          session.thumbnails.paint(thumb, tile);
        }
        return element('li', {}, thumb, session.nameOf(tile));
      }),
    );
  });
}

/** Outlines on the photo what a hit matches. */
export function outlineOther(session: Session, box: Box | null): void {
  const other = byId('other-box');
  other.hidden = box === null || session.query.kind !== 'photo';
  if (box !== null) {
    const { width, height } = session.photo;
    Object.assign(other.style, {
      left: `${(100 * box.x) / width}%`,
      top: `${(100 * box.y) / height}%`,
      width: `${(100 * box.width) / width}%`,
      height: `${(100 * box.height) / height}%`,
    });
  }
}
