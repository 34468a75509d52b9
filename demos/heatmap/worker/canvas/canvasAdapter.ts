/** Stands in for `src/node/pictures/canvasAdapter.ts` in the browser: the same pictures, drawn on its own canvas. */
import type { Pixels } from '../../../../src/heatmaps/types.js';

export type Context = OffscreenCanvasRenderingContext2D;

export function font(size: number, weight: 'normal' | 'bold' = 'normal'): string {
  return `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;
}

function context(width: number, height: number): Context {
  return new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }) as Context;
}

export function measuringContext(): Context {
  return context(1, 1);
}

/** A piece of a picture with text: a canvas filled with `paper`, drawn on, and read back. */
export function drawPiece(width: number, height: number, paper: string, draw: (context: Context) => void): Pixels {
  const piece = context(width, height);
  piece.fillStyle = paper;
  piece.fillRect(0, 0, width, height);
  draw(piece);
  return { data: piece.getImageData(0, 0, width, height).data as Uint8ClampedArray, width, height };
}
