import type { DrawingContext, Pen } from './canvas.js';

/** What text fitting needs of a canvas context. */
export type Measure = Pick<DrawingContext, 'measureText'>;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text, or as much of its beginning as fits with an ellipsis; never cut inside a character as seen. */
export function ellipsize(measure: Measure, text: string, maxWidth: number): string {
  if (measure.measureText(text).width <= maxWidth) {
    return text;
  }
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  let fits = 0;
  let tooLong = parts.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    const candidate = `${parts.slice(0, middle).join('').trimEnd()}…`;
    if (measure.measureText(candidate).width <= maxWidth) {
      fits = middle;
    } else {
      tooLong = middle;
    }
  }
  return fits === 0 ? '' : `${parts.slice(0, fits).join('').trimEnd()}…`;
}

/** Parts joined by ` · `, broken into lines between parts, at most `maxLines`; what does not fit is ellipsized. */
export function wrapParts(measure: Measure, parts: readonly string[], maxWidth: number, maxLines: number): string[] {
  const separator = '  ·  ';
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : line + separator + part;
    if (line !== '' && lines.length < maxLines - 1 && measure.measureText(longer).width > maxWidth) {
      lines.push(line);
      line = part;
    } else {
      line = longer;
    }
  }
  return [...lines, ...(line === '' ? [] : [line])].map((text) => ellipsize(measure, text, maxWidth));
}

/** Colours of everything that is not an image. */
export const ink = '#16181d';
export const muted = '#5b6270';
export const paper = '#ffffff';

/** Vertical measures in units of the running text. */
export const rhythm = { margin: 1.6, gap: 1.4, header: 2, legend: 3.7, keyLine: 1.5, captionLine: 1.3 };

/** A panel's title with numbers on its right, in the line that begins at (x, 0). */
export function drawHeader(
  { context, font }: Pen,
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

/** A number with three significant digits and a true minus sign, the way scores are shown. */
export function scoreText(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '\u2212∞';
  }
  const magnitude = Math.abs(value);
  const text =
    magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e5) ? magnitude.toExponential(2) : magnitude.toPrecision(3);
  // toPrecision(3) turns to exponents from 1000 on; whole numbers read better there
  const plain = text.includes('e+') && magnitude < 1e5 ? magnitude.toFixed(0) : text;
  return (value < 0 && Number(plain) !== 0 ? '\u2212' : '') + (magnitude === 0 ? '0' : plain);
}

/** A probability as a percentage: no more digits than it deserves, and never 100 % or 0 % for what is not. */
export function percentText(probability: number): string {
  const percent = probability * 100;
  if (!Number.isFinite(percent)) {
    return scoreText(percent);
  }
  if (percent > 0 && percent < 0.1) {
    return '< 0.1\u00a0%';
  }
  if (percent < 100 && percent > 99.9) {
    return '> 99.9\u00a0%';
  }
  return `${percent === 0 || percent === 100 ? percent.toFixed(0) : percent.toFixed(1)}\u00a0%`;
}
