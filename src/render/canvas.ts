import type { Pixels } from '../heatmaps/types.js';

/** What is used of a canvas' 2D context: text, and filled rectangles. */
export interface DrawingContext {
  font: string;
  fillStyle: string | object;
  textAlign: 'left' | 'right' | 'center' | 'start' | 'end';
  textBaseline: 'top' | 'hanging' | 'middle' | 'alphabetic' | 'ideographic' | 'bottom';
  fillText(text: string, x: number, y: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  measureText(text: string): { width: number };
}

/** A context, and the fonts to write with on it. */
export interface Pen {
  context: DrawingContext;
  /** a CSS font of `size` pixels */
  font(size: number, weight?: 'normal' | 'bold'): string;
}

/**
 * What `drawHeatmap` needs of the platform. Node fills it with the package `canvas` and sharp, a page with
 * `OffscreenCanvas`; everything else of an image is arithmetic on pixels.
 */
export interface Canvas {
  /** A pen that only measures text. */
  measuringPen(): Pen;
  /** A piece of `width` × `height` pixels, filled with the colour `paper` and drawn on. */
  drawPiece(width: number, height: number, paper: string, draw: (pen: Pen) => void): Pixels;
  /** The image at another size, smoothly. */
  resample(image: Pixels, width: number, height: number): Promise<Pixels>;
}
