/** The small images of items: tiles of sheets, and photos that were added. */
import type { CollectionThumbnails } from '../../../src/search/index.js';

/** Where one lies. */
interface Tile {
  url: string;
  /** its column and row in the sheet, of so many */
  at: readonly [number, number];
  of: readonly [number, number];
}

/** The share of a tile that its image covers, in the middle. */
export function imageShare(
  width: number,
  height: number,
): { left: number; top: number; width: number; height: number } {
  const longest = Math.max(width, height) || 1;
  const [w, h] = [(width || 1) / longest, (height || 1) / longest];
  return { left: (1 - w) / 2, top: (1 - h) / 2, width: w, height: h };
}

export class Thumbnails {
  private sheets: string[] = [];
  private layout: CollectionThumbnails = { side: 1, columns: 1, perSheet: 1, sheets: [] };
  private inSheets = 0;
  private added: string[] = [];
  private readonly images = new Map<string, HTMLImageElement>();
  private made: string[] = [];

  /** @param sheets URLs, or what was read of a file */
  use(layout: CollectionThumbnails, count: number, sheets: readonly (string | Blob)[]): void {
    this.made.forEach((url) => URL.revokeObjectURL(url));
    this.made = [];
    this.images.clear();
    this.layout = layout;
    this.inSheets = count;
    this.added = [];
    this.sheets = sheets.map((sheet) => (typeof sheet === 'string' ? sheet : this.urlOf(sheet)));
  }

  private urlOf(blob: Blob): string {
    const url = URL.createObjectURL(blob);
    this.made.push(url);
    return url;
  }

  add(thumbnail: Blob): void {
    this.added.push(this.urlOf(thumbnail));
  }

  private tile(index: number): Tile {
    if (index >= this.inSheets) {
      return { url: this.added[index - this.inSheets], at: [0, 0], of: [1, 1] };
    }
    const { columns, perSheet } = this.layout;
    const sheet = Math.floor(index / perSheet);
    const place = index % perSheet;
    const rows = Math.ceil(Math.min(perSheet, this.inSheets - sheet * perSheet) / columns);
    return { url: this.sheets[sheet], at: [place % columns, Math.floor(place / columns)], of: [columns, rows] };
  }

  /** Paints one as the background of an element. */
  paint(element: HTMLElement, index: number): void {
    const { url, at, of } = this.tile(index);
    const share = (axis: 0 | 1) => (of[axis] > 1 ? (100 * at[axis]) / (of[axis] - 1) : 0);
    Object.assign(element.style, {
      backgroundImage: `url("${url}")`,
      backgroundSize: `${100 * of[0]}% ${100 * of[1]}%`,
      backgroundPosition: `${share(0)}% ${share(1)}%`,
    });
  }

  /** Draws one on a canvas; false while its sheet is loading, of which `onLoad` is told. */
  draw(
    context: CanvasRenderingContext2D,
    index: number,
    [x, y, side]: readonly [number, number, number],
    onLoad: () => void,
  ): boolean {
    const { url, at } = this.tile(index);
    let image = this.images.get(url);
    if (image === undefined) {
      image = new Image();
      image.addEventListener('load', onLoad, { once: true });
      image.src = url;
      this.images.set(url, image);
    }
    if (!image.complete || image.naturalWidth === 0) {
      return false;
    }
    const { side: from } = index >= this.inSheets ? { side: image.naturalWidth } : this.layout;
    context.drawImage(image, at[0] * from, at[1] * from, from, from, x, y, side, side);
    return true;
  }
}
