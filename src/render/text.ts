import { font } from '../node/canvas/nodeCanvas.js';
import type { Context } from '../node/canvas/nodeCanvas.js';
import { ellipsize } from './fitText.js';

/** Colours of everything that is not a photo. */
export const ink = '#16181d';
export const muted = '#5b6270';
export const paper = '#ffffff';

/** Vertical measures in units of the running text. */
export const rhythm = { margin: 1.6, gap: 1.4, header: 2, legend: 3.7, keyLine: 1.5, captionLine: 1.3 };

/** A panel's title with numbers on its right, in the line that begins at (x, 0). */
export function drawHeader(
  context: Context,
  x: number,
  width: number,
  unit: number,
  title: string,
  notes: readonly string[],
): void {
  const baseline = 1.3 * unit;
  const titleFont = font(unit * 1.08, 'bold');
  const notesFont = font(unit * 0.92);
  context.textBaseline = 'alphabetic';
  context.font = titleFont;
  const titleWidth = context.measureText(title).width;
  // The numbers give way, least important last in the list, before the title is shortened.
  context.font = notesFont;
  const shown = [...notes];
  const notesText = () => shown.join('   ');
  while (shown.length > 1 && titleWidth + unit + context.measureText(notesText()).width > width) {
    shown.pop();
  }
  const notesWidth = context.measureText(notesText()).width;
  context.fillStyle = muted;
  context.textAlign = 'right';
  context.fillText(notesText(), x + width, baseline);
  context.fillStyle = ink;
  context.textAlign = 'left';
  context.font = titleFont;
  context.fillText(ellipsize(context, title, width - notesWidth - unit), x, baseline);
}
