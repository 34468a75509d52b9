import type { Legend } from '../heatmaps/legend.js';
import { outlineStyles } from '../heatmaps/regionOutlines.js';
import type { OutlineStyle } from '../heatmaps/regionOutlines.js';
import type { Pen } from './canvas.js';
import { ellipsize, ink, muted, rhythm, wrapParts } from './text.js';
import { poolingText } from '../pooling/poolingText.js';
import { fileName, originalSize } from './composite.js';
import type { HeatmapImage, HeatmapStyle } from './composite.js';

/** Colours with numbers, upper left corner at (x, y); `rhythm.legend` high. */
export function drawLegend(
  { context, font }: Pen,
  { ticks, strip, ends: [low, high] }: Legend,
  x: number,
  y: number,
  width: number,
  unit: number,
): void {
  const stripTop = Math.round(y + 1.35 * unit);
  const stripHeight = Math.round(0.75 * unit);
  context.font = font(unit * 0.82);
  context.fillStyle = muted;
  context.textAlign = 'left';
  context.fillText(low, x, y + unit);
  context.textAlign = 'right';
  context.fillText(high, x + width, y + unit);
  context.textAlign = 'center';
  const space = width - 2 * (context.measureText(high).width + unit);
  context.fillText(ellipsize(context, 'evidence', space), x + width / 2, y + unit);
  for (let column = 0; column < width; column++) {
    const entry = 4 * Math.min(255, Math.floor((column * 256) / width));
    context.fillStyle = `rgb(${strip.data[entry]}, ${strip.data[entry + 1]}, ${strip.data[entry + 2]})`;
    context.fillRect(x + column, stripTop, 1, stripHeight);
  }
  context.fillStyle = ink;
  for (const { position, label } of ticks) {
    const place = x + position * width;
    context.fillRect(
      Math.round(Math.min(Math.max(place, x), x + width - 1)),
      stripTop + stripHeight,
      1,
      Math.round(0.3 * unit),
    );
    const half = context.measureText(label).width / 2;
    context.fillText(
      label,
      Math.min(Math.max(place, x + half), x + width - half),
      stripTop + stripHeight + 1.25 * unit,
    );
  }
  context.textAlign = 'left';
}

/** One line of the key: what an outline means. */
export interface KeyEntry {
  style: OutlineStyle;
  text: string;
}

export function keyEntries({ classes }: HeatmapImage, outlines: HeatmapStyle['outlines']): KeyEntry[] {
  if (outlines === 'none') {
    return [];
  }
  const most = (end: 'top' | 'bottom') => Math.max(0, ...classes.map(({ regions }) => regions?.[end].length ?? 0));
  const regions = (count: number, word: string) => `${count} ${count === 1 ? 'region' : 'regions'} of ${word} evidence`;
  return [
    ...(most('top') > 0 ? [{ style: outlineStyles.top, text: regions(most('top'), 'most') }] : []),
    ...(most('bottom') > 0 ? [{ style: outlineStyles.bottom, text: regions(most('bottom'), 'least') }] : []),
  ];
}

/** The sample of an outline in the key, in pixels. */
export function swatchSize(unit: number): { width: number; height: number } {
  return { width: Math.round(2 * unit), height: Math.round(1.1 * unit) };
}

/** Where the parts below the panels go, in pixels from the footer's upper left corner. */
export interface FooterPlan {
  /** 0 where every panel has its own legend */
  legendWidth: number;
  swatches: { x: number; y: number; style: OutlineStyle }[];
  entries: KeyEntry[];
  caption: string[];
  captionTop: number;
  width: number;
  height: number;
}

/** Lays the footer out; measured before anything is drawn, because it decides the image's height. */
export function planFooter(
  { context: measure, font }: Pen,
  heatmap: HeatmapImage,
  width: number,
  unit: number,
  entries: KeyEntry[],
  sharedLegend: boolean,
): FooterPlan {
  const swatch = swatchSize(unit);
  const legendWidth = sharedLegend ? Math.round(Math.min(width, 22 * unit)) : 0;
  measure.font = font(unit * 0.88);
  const textWidth = Math.max(0, ...entries.map(({ text }) => measure.measureText(text).width));
  const keyWidth = entries.length === 0 ? 0 : textWidth + swatch.width + 0.6 * unit;
  const beside = sharedLegend && legendWidth + 2 * unit + keyWidth <= width;
  const legendHeight = sharedLegend ? rhythm.legend * unit : 0;
  const keyHeight = entries.length === 0 ? 0 : (entries.length * rhythm.keyLine + 0.3) * unit;
  const key = beside ? { x: legendWidth + 2 * unit, y: 0.9 * unit } : { x: 0, y: legendHeight };
  const upper = beside ? Math.max(legendHeight, key.y + keyHeight) : legendHeight + keyHeight;
  measure.font = font(unit * 0.82);
  const size = originalSize(heatmap);
  const caption = wrapParts(
    measure,
    [
      `${fileName(heatmap.path)}, ${size.width} × ${size.height}`,
      ...(heatmap.model === undefined ? [] : [heatmap.model]),
      ...(heatmap.pooling === undefined ? [] : [poolingText(heatmap.pooling).join(', ')]),
    ],
    width,
    3,
  );
  const captionWidth = Math.max(0, ...caption.map((line) => measure.measureText(line).width));
  return {
    legendWidth,
    entries,
    caption,
    swatches: entries.map(({ style }, i) => ({
      x: Math.round(key.x),
      y: Math.round(key.y + i * rhythm.keyLine * unit),
      style,
    })),
    captionTop: upper + 0.9 * unit,
    width: Math.ceil(Math.min(width, Math.max(legendWidth, key.x + keyWidth, captionWidth) + 1)),
    height: Math.ceil(upper + (0.3 + caption.length * rhythm.captionLine) * unit),
  };
}

/** Everything of the footer but the swatches, which are painted like the outlines of the images. */
export function drawFooter(pen: Pen, plan: FooterPlan, legend: Legend | null, unit: number): void {
  if (legend !== null) {
    drawLegend(pen, legend, 0, 0, plan.legendWidth, unit);
  }
  const { context, font } = pen;
  const swatch = swatchSize(unit);
  context.font = font(unit * 0.88);
  plan.swatches.forEach(({ x, y }, i) => {
    context.fillStyle = '#8b919c';
    context.fillRect(x, y, swatch.width, swatch.height);
    context.fillStyle = muted;
    const textX = x + swatch.width + 0.6 * unit;
    context.fillText(ellipsize(context, plan.entries[i].text, plan.width - textX), textX, y + 0.87 * unit);
  });
  context.font = font(unit * 0.82);
  context.fillStyle = muted;
  plan.caption.forEach((line, i) => context.fillText(line, 0, plan.captionTop + (i + 0.2) * rhythm.captionLine * unit));
}
