/** The map of the collection: what is alike lies close together. A canvas with zoom and pan, and a list for keys and readers. */
import { byId, element } from '../../page/element.js';
import type { Session } from './session.js';

/** Items that the list beside it shows. */
const listed = 40;
/** Side in pixels from which thumbnails are drawn, below it dots. */
const smallestTile = 9;
const deepest = 24;

interface View {
  /** the place in the middle, 0 to 1 */
  x: number;
  y: number;
  zoom: number;
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

export function mapView(session: Session): void {
  const canvas = byId<HTMLCanvasElement>('map-canvas');
  const list = byId('map-list');
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  let view: View = { x: 0.5, y: 0.5, zoom: 1 };
  let pointed: number | null = null;
  let waiting = false;
  const pointers = new Map<number, { x: number; y: number }>();

  const scale = () => 0.92 * Math.min(canvas.clientWidth, canvas.clientHeight) * view.zoom;
  const tileSide = (count: number) => clamp((0.62 * scale()) / Math.sqrt(Math.max(1, count)), 4, 96);

  function toScreen(x: number, y: number): [number, number] {
    const by = scale();
    return [canvas.clientWidth / 2 + (x - view.x) * by, canvas.clientHeight / 2 + (y - view.y) * by];
  }

  function look(next: View): void {
    view = { x: clamp(next.x, 0, 1), y: clamp(next.y, 0, 1), zoom: clamp(next.zoom, 1, deepest) };
    redraw();
  }

  function zoomAt(factor: number, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2): void {
    const [dx, dy] = [x - canvas.clientWidth / 2, y - canvas.clientHeight / 2];
    const zoom = clamp(view.zoom * factor, 1, deepest);
    const by = scale();
    const ratio = 1 / by - view.zoom / (by * zoom);
    look({ x: view.x + dx * ratio, y: view.y + dy * ratio, zoom });
  }

  function redraw(): void {
    if (!waiting && session.view === 'map') {
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        draw();
      });
    }
  }

  function draw(): void {
    const { facts } = session;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const dense = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      Object.assign(canvas, { width: Math.round(width * dense), height: Math.round(height * dense) });
    }
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, width, height);
    if (facts === null) {
      return;
    }
    const style = getComputedStyle(canvas);
    const accent = style.getPropertyValue('--accent');
    const side = tileSide(facts.count);
    const found = new Map(session.found?.hits.map(({ tile }, i) => [tile, i]));
    const mark = (tile: number, color: string, wide: number) => {
      const [x, y] = toScreen(facts.places[2 * tile], facts.places[2 * tile + 1]);
      context.strokeStyle = color;
      context.lineWidth = wide;
      const half = Math.max(side, 12) / 2 + 1;
      context.strokeRect(x - half, y - half, 2 * half, 2 * half);
    };
    const near: { tile: number; far: number }[] = [];
    for (let tile = 0; tile < facts.count; tile++) {
      const [x, y] = toScreen(facts.places[2 * tile], facts.places[2 * tile + 1]);
      if (x < -side || y < -side || x > width + side || y > height + side) {
        continue;
      }
      near.push({ tile, far: Math.hypot(x - width / 2, y - height / 2) });
      const isDrawn =
        side >= smallestTile &&
        session.thumbnails.draw(context, tile, [x - side / 2, y - side / 2, side], () => redraw());
      if (!isDrawn) {
        context.fillStyle = style.getPropertyValue('--field');
        context.beginPath();
        context.arc(x, y, Math.max(2, side / 4), 0, 2 * Math.PI);
        context.fill();
      }
    }
    [...found.keys()].reverse().forEach((tile) => mark(tile, accent, found.get(tile) === 0 ? 4 : 2));
    if (pointed !== null) {
      mark(pointed, style.color, 3);
    }
    showList(near.sort((a, b) => a.far - b.far).slice(0, listed));
  }

  function showList(near: { tile: number }[]): void {
    const tiles = near.map(({ tile }) => tile);
    if (list.contains(document.activeElement) || list.dataset.tiles === tiles.join()) {
      return;
    }
    list.dataset.tiles = tiles.join();
    list.replaceChildren(
      ...tiles.map((tile) => {
        const thumb = element('span', { className: 'thumb' });
        session.thumbnails.paint(thumb, tile);
        const button = element('button', { type: 'button' }, thumb, element('span', {}, session.nameOf(tile)));
        const point = (on: boolean) => () => {
          pointed = on ? tile : null;
          redraw();
        };
        button.addEventListener('pointerenter', point(true));
        button.addEventListener('focus', point(true));
        button.addEventListener('pointerleave', point(false));
        button.addEventListener('blur', point(false));
        button.addEventListener('click', () => void session.searchByItem((session.collection?.ids ?? [])[tile]));
        return element('li', {}, button);
      }),
    );
  }

  function itemAt(x: number, y: number): number | null {
    const { facts } = session;
    let best: number | null = null;
    let least = Math.max(14, facts === null ? 0 : tileSide(facts.count) * 0.75);
    for (let tile = 0; facts !== null && tile < facts.count; tile++) {
      const [left, top] = toScreen(facts.places[2 * tile], facts.places[2 * tile + 1]);
      const far = Math.hypot(left - x, top - y);
      if (far < least) {
        [best, least] = [tile, far];
      }
    }
    return best;
  }

  const at = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  let travelled = 0;
  canvas.addEventListener('pointerdown', (event) => {
    pointers.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
    travelled = 0;
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    const now = at(event);
    if (before === undefined) {
      const tile = itemAt(now.x, now.y);
      if (tile !== pointed) {
        pointed = tile;
        canvas.title = tile === null ? '' : session.nameOf(tile);
        redraw();
      }
      return;
    }
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    pointers.set(event.pointerId, now);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (others.length === 0) {
      const by = scale();
      look({ ...view, x: view.x - (now.x - before.x) / by, y: view.y - (now.y - before.y) / by });
    } else {
      const [fixed] = others;
      const far = (place: { x: number; y: number }) => Math.hypot(place.x - fixed.x, place.y - fixed.y) || 1;
      zoomAt(far(now) / far(before), fixed.x, fixed.y);
    }
  });
  canvas.addEventListener('pointerup', (event) => {
    const wasOne = pointers.size === 1;
    pointers.delete(event.pointerId);
    const { x, y } = at(event);
    const tile = wasOne && travelled < 6 ? itemAt(x, y) : null;
    if (tile !== null && session.collection !== null) {
      void session.searchByItem(session.collection.ids[tile]);
    }
  });
  canvas.addEventListener('pointercancel', (event) => pointers.delete(event.pointerId));
  canvas.addEventListener('pointerleave', () => {
    pointed = null;
    redraw();
  });
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      zoomAt(Math.exp(-event.deltaY / 300), x, y);
    },
    { passive: false },
  );
  canvas.addEventListener('keydown', (event) => {
    const step = 0.12 / view.zoom;
    const moves: Record<string, Partial<View>> = {
      ArrowLeft: { x: view.x - step },
      ArrowRight: { x: view.x + step },
      ArrowUp: { y: view.y - step },
      ArrowDown: { y: view.y + step },
      '+': { zoom: view.zoom * 1.4 },
      '=': { zoom: view.zoom * 1.4 },
      '-': { zoom: view.zoom / 1.4 },
      '0': { x: 0.5, y: 0.5, zoom: 1 },
    };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      look({ ...view, ...move });
    }
  });
  byId('zoom-in').addEventListener('click', () => zoomAt(1.6));
  byId('zoom-out').addEventListener('click', () => zoomAt(1 / 1.6));
  byId('zoom-all').addEventListener('click', () => look({ x: 0.5, y: 0.5, zoom: 1 }));

  new ResizeObserver(redraw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  (['found', 'collection', 'view'] as const).forEach((topic) => session.on(topic, redraw));
}
