import { colorizeMap, outlineBoxes, regionCell, scaleGeometry, upsampleMap } from '../../../src/index.js';
import type { Box, ClassMap, ClassRegions, ColorMapName, DisplayRange, MapGeometry } from '../../../src/index.js';
import { element, svgElement } from '../../page/element.js';

/** Maps are smooth: a browser enlarges this many pixels without a visible difference. */
const overlaySide = 256;

export interface StagePhoto {
  preview: ImageBitmap;
  width: number;
  height: number;
}

export interface StageMap {
  map: ClassMap;
  /** in pixels of the photo */
  geometry: MapGeometry;
  window: Box | null;
  range: DisplayRange;
  colors: ColorMapName;
}

/** A photo with a class map over it and outlines of regions; the pointer or the arrow keys pick a region. */
export class Stage {
  readonly root: HTMLElement;
  /** called with a region's flat index, or `null` when none is picked any more */
  onPick: (index: number | null) => void = () => undefined;
  private readonly photo = element('canvas', { className: 'photo' });
  private readonly overlay = element('canvas', { className: 'overlay' });
  private readonly marks = svgElement('svg', { class: 'marks', 'aria-hidden': 'true', preserveAspectRatio: 'none' });
  private readonly lines = { bottom: this.line('bottom'), top: this.line('top') };
  private readonly cell = svgElement('rect', { class: 'cell' });
  private size = { width: 1, height: 1 };
  private shown: StageMap | null = null;
  private picked: number | null = null;

  constructor(label: string) {
    this.marks.append(this.cell);
    this.photo.setAttribute('aria-hidden', 'true');
    this.overlay.setAttribute('aria-hidden', 'true');
    this.root = element('div', { className: 'stage', tabIndex: 0 }, this.photo, this.overlay, this.marks);
    this.root.setAttribute('role', 'application');
    this.root.setAttribute('aria-roledescription', 'heat map');
    this.label = label;
    this.root.addEventListener('pointermove', (event) => this.pickAt(event));
    this.root.addEventListener('pointerdown', (event) => this.pickAt(event));
    this.root.addEventListener('pointerleave', () => this.pick(null));
    this.root.addEventListener('blur', () => this.pick(null));
    this.root.addEventListener('keydown', (event) => this.move(event));
  }

  set label(text: string) {
    this.root.setAttribute('aria-label', `${text}. Arrow keys move from region to region.`);
  }

  private line(end: 'top' | 'bottom'): { casing: SVGPathElement; line: SVGPathElement } {
    const casing = svgElement('path', { class: 'casing' });
    const line = svgElement('path', { class: end });
    this.marks.append(casing, line);
    return { casing, line };
  }

  showPhoto({ preview, width, height }: StagePhoto): void {
    this.size = { width, height };
    Object.assign(this.photo, { width: preview.width, height: preview.height });
    (this.photo.getContext('2d') as CanvasRenderingContext2D).drawImage(preview, 0, 0);
    this.root.style.setProperty('--aspect', String(width / height));
    this.root.style.aspectRatio = `${width} / ${height}`;
    this.marks.setAttribute('viewBox', `0 0 ${width} ${height}`);
  }

  showMap(shown: StageMap): void {
    this.shown = shown;
    this.pick(null);
    const { width, height } = this.size;
    const scale = overlaySide / Math.max(width, height);
    const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const [scaleX, scaleY] = [wide / width, high / height];
    const large = upsampleMap(shown.map, {
      width: wide,
      height: high,
      method: 'bicubic',
      geometry: scaleGeometry(shown.geometry, scaleX, scaleY),
    });
    const { data } = colorizeMap(large, { range: shown.range, colors: shown.colors, fade: true });
    Object.assign(this.overlay, { width: wide, height: high });
    const context = this.overlay.getContext('2d') as CanvasRenderingContext2D;
    context.putImageData(new ImageData(data as Uint8ClampedArray<ArrayBuffer>, wide, high), 0, 0);
    if (shown.window !== null) {
      const { x, y, width: seenWide, height: seenHigh } = shown.window;
      context.globalCompositeOperation = 'destination-in';
      context.fillRect(x * scaleX, y * scaleY, seenWide * scaleX, seenHigh * scaleY);
    }
  }

  /** Outlines the regions that make the score; `null` shows none. */
  showRegions(regions: ClassRegions | null): void {
    for (const end of ['top', 'bottom'] as const) {
      const path = regions === null ? '' : this.pathOf(regions[end]);
      this.lines[end].casing.setAttribute('d', path);
      this.lines[end].line.setAttribute('d', path);
    }
  }

  private pathOf(regions: ClassRegions['top']): string {
    const { width, height } = this.size;
    const { geometry } = this.shown as StageMap;
    const boxes = regions.map((region) => regionCell(region, geometry, width, height));
    return outlineBoxes(boxes)
      .map((polygon) => `M${polygon.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`)
      .join('');
  }

  private pickAt(event: PointerEvent): void {
    if (this.shown === null) {
      return;
    }
    const { left, top, width, height } = this.root.getBoundingClientRect();
    const {
      geometry: { x, y },
      map: { rows, columns },
    } = this.shown;
    const place = (position: number, axis: { start: number; step: number }, count: number) =>
      Math.min(count - 1, Math.max(0, Math.round((position - axis.start) / axis.step)));
    const column = place(((event.clientX - left) / width) * this.size.width, x, columns);
    const row = place(((event.clientY - top) / height) * this.size.height, y, rows);
    this.pick(row * columns + column);
  }

  private move(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    };
    const step = steps[event.key];
    if (event.key === 'Escape') {
      this.pick(null);
    }
    if (step === undefined || this.shown === null) {
      return;
    }
    event.preventDefault();
    const { rows, columns } = this.shown.map;
    const from = this.picked ?? Math.floor(rows / 2) * columns + Math.floor(columns / 2);
    const [row, column] = [Math.floor(from / columns), from % columns];
    const next =
      this.picked === null
        ? from
        : Math.min(rows - 1, Math.max(0, row + step[0])) * columns +
          Math.min(columns - 1, Math.max(0, column + step[1]));
    this.pick(next);
  }

  private pick(index: number | null): void {
    if (index === this.picked) {
      return;
    }
    this.picked = index;
    if (index === null || this.shown === null) {
      this.cell.setAttribute('width', '0');
    } else {
      const box = this.cellOf(index) as Box;
      Object.entries(box).forEach(([name, value]) => this.cell.setAttribute(name, String(value)));
    }
    this.onPick(index);
  }

  /** The cell of a region, in pixels of the photo. */
  cellOf(index: number): Box | null {
    if (this.shown === null) {
      return null;
    }
    const {
      geometry,
      map: { columns },
    } = this.shown;
    const region = { row: Math.floor(index / columns), column: index % columns };
    return regionCell(region, geometry, this.size.width, this.size.height);
  }
}
