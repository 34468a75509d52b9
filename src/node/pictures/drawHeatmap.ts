import { legend } from '../../heatmaps/legend.js';
import type { Legend } from '../../heatmaps/legend.js';
import { overlayMap } from '../../heatmaps/overlayMap.js';
import { outlineBoxes, outlineStyles } from '../../heatmaps/regionOutlines.js';
import type { OutlineStyle } from '../../heatmaps/regionOutlines.js';
import type { Pixels } from '../../heatmaps/types.js';
import { scaleGeometry } from '../../heatmaps/upsampleMap.js';
import type { Box } from '../../models/resizeMapping.js';
import { resample } from '../images/resample.js';
import { createContext, font, putPixels, takePixels } from './canvasAdapter.js';
import type { Context } from './canvasAdapter.js';
import { ellipsize, wrapParts } from './fitText.js';
import {
  checkPicture, fileName, originalSize, outlinedBoxes, pictureGeometry, pictureRanges, poolingText, resolvePictureOptions,
} from './heatmapPicture.js';
import type { HeatmapPicture, PictureClass, PictureOptions, ResolvedPictureOptions } from './heatmapPicture.js';
import { percentText, scoreText } from './numberText.js';
import { arrangePanels } from './pictureLayout.js';
import type { GridLimits, PanelGrid } from './pictureLayout.js';

export interface DrawOptions extends PictureOptions, GridLimits {
  /** Whether the photo itself is the first panel. Default true. */
  showPhoto?: boolean;
}

const ink = '#16181d';
const muted = '#5b6270';
const paper = '#ffffff';

/** Vertical rhythm, in units of the running text. */
const rhythm = { margin: 1.6, gap: 1.4, header: 2, legend: 3.7, line: 1.5 };

/** The photo at the size of a panel. */
async function fitPhoto({ data, width, height }: Pixels, grid: PanelGrid): Promise<Pixels> {
  if (width === grid.photoWidth && height === grid.photoHeight) {
    return { data, width, height };
  }
  const fitted = await resample({ data, width, height, channels: 4 }, grid.photoWidth, grid.photoHeight);
  return {
    data: new Uint8ClampedArray(fitted.data.buffer, fitted.data.byteOffset, fitted.data.byteLength),
    width: fitted.width, height: fitted.height,
  };
}

function drawHeader(context: Context, x: number, y: number, width: number, unit: number, title: string, notes: string[]): void {
  context.textBaseline = 'alphabetic';
  const baseline = y + 1.3 * unit;
  const gap = unit;
  // The numbers on the right give way, least important last in the list, before the title is shortened.
  context.font = font(unit * 0.92);
  const shown = [...notes];
  const notesText = () => shown.join('   ');
  const widthOf = (text: string) => context.measureText(text).width;
  context.font = font(unit * 1.08, 'bold');
  const titleWidth = widthOf(title);
  context.font = font(unit * 0.92);
  while (shown.length > 1 && titleWidth + gap + widthOf(notesText()) > width) {
    shown.pop();
  }
  const notesWidth = widthOf(notesText());
  context.fillStyle = muted;
  context.textAlign = 'right';
  context.fillText(notesText(), x + width, baseline);
  context.fillStyle = ink;
  context.textAlign = 'left';
  context.font = font(unit * 1.08, 'bold');
  context.fillText(ellipsize(context, title, width - notesWidth - gap), x, baseline);
}

/** Outlines boxes together, inside a rectangle of the canvas, by a light line in a dark casing. */
function strokeBoxes(context: Context, boxes: Box[], style: OutlineStyle, lineWidth: number, width: number, height: number): void {
  const casing = 2.2 * lineWidth;
  const inside = (value: number, size: number) => Math.min(Math.max(value, casing / 2), size - casing / 2);
  context.beginPath();
  for (const polygon of outlineBoxes(boxes)) {
    polygon.forEach(([x, y], i) => {
      const place: [number, number] = [inside(x, width), inside(y, height)];
      if (i === 0) {
        context.moveTo(...place);
      } else {
        context.lineTo(...place);
      }
    });
    context.closePath();
  }
  context.lineJoin = 'round';
  context.setLineDash([]);
  context.strokeStyle = style.casing;
  context.lineWidth = casing;
  context.stroke();
  context.setLineDash(style.dash.map((length) => length * lineWidth * 1.4));
  context.strokeStyle = style.line;
  context.lineWidth = lineWidth;
  context.stroke();
  context.setLineDash([]);
}

/** Darkens what the network did not see. */
function dimOutside(context: Context, window: Box, width: number, height: number): void {
  context.fillStyle = 'rgba(22, 24, 29, 0.55)';
  const left = Math.round(window.x);
  const top = Math.round(window.y);
  const right = Math.round(window.x + window.width);
  const bottom = Math.round(window.y + window.height);
  context.fillRect(0, 0, width, top);
  context.fillRect(0, bottom, width, height - bottom);
  context.fillRect(0, top, left, bottom - top);
  context.fillRect(right, top, width - right, bottom - top);
}

function drawLegend(context: Context, { ticks, strip, ends: [low, high] }: Legend, x: number, y: number, width: number, unit: number): void {
  const stripTop = y + 1.35 * unit;
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
    context.fillRect(Math.round(Math.min(Math.max(place, x), x + width - 1)), stripTop + stripHeight, 1, Math.round(0.3 * unit));
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(Math.max(place, x + half), x + width - half), stripTop + stripHeight + 1.25 * unit);
  }
  context.textAlign = 'left';
}

interface KeyEntry {
  style: OutlineStyle;
  text: string;
}

function keyEntries({ classes }: HeatmapPicture, outlines: ResolvedPictureOptions['outlines']): KeyEntry[] {
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

function drawKey(context: Context, entries: KeyEntry[], x: number, y: number, width: number, unit: number): void {
  context.font = font(unit * 0.88);
  entries.forEach(({ style, text }, i) => {
    const top = Math.round(y + i * rhythm.line * unit);
    const swatch = { width: Math.round(1.9 * unit), height: Math.round(1.05 * unit) };
    context.save();
    context.translate(x, top);
    context.fillStyle = '#8b919c';
    context.fillRect(0, 0, swatch.width, swatch.height);
    strokeBoxes(context, [{ x: 0, y: 0, ...swatch }], style, Math.max(1.5, unit / 9), swatch.width, swatch.height);
    context.restore();
    context.fillStyle = muted;
    context.fillText(ellipsize(context, text, width - swatch.width - 0.6 * unit), x + swatch.width + 0.6 * unit, top + 0.85 * unit);
  });
}

/** Where the parts below the panels go; measured before the canvas exists, because it decides the height. */
function planFooter(measure: Context, picture: HeatmapPicture, width: number, unit: number, entries: KeyEntry[], sharedLegend: boolean) {
  const legendWidth = sharedLegend ? Math.round(Math.min(width, 22 * unit)) : 0;
  measure.font = font(unit * 0.88);
  const keyWidth = entries.length === 0 ? 0
    : Math.max(...entries.map(({ text }) => measure.measureText(text).width)) + 2.6 * unit;
  const beside = sharedLegend && legendWidth + 2 * unit + keyWidth <= width;
  const legendHeight = sharedLegend ? rhythm.legend * unit : 0;
  const keyHeight = entries.length === 0 ? 0 : (entries.length * rhythm.line + 0.3) * unit;
  const key = beside
    ? { x: legendWidth + 2 * unit, y: 0.9 * unit }
    : { x: 0, y: legendHeight };
  const upper = beside ? Math.max(legendHeight, key.y + keyHeight) : legendHeight + keyHeight;
  measure.font = font(unit * 0.82);
  const { width: photoWidth, height: photoHeight } = originalSize(picture);
  const caption = wrapParts(measure, [
    `${fileName(picture.path)}, ${photoWidth} × ${photoHeight}`,
    ...(picture.model === undefined ? [] : [picture.model]),
    ...(picture.pooling === undefined ? [] : [poolingText(picture.pooling).join(', ')]),
  ], width, 3);
  const lineHeight = 1.3 * unit;
  return { legendWidth, key, caption, captionTop: upper + 0.9 * unit, lineHeight, height: upper + 0.3 * unit + caption.length * lineHeight };
}

/**
 * Draws one photo with the heat maps of its classes side by side: titles with probability and score, outlines of the
 * selected regions, a legend with numbers, and a caption that says how it was made.
 *
 * Every measure follows the size of the photo: photos above `maxSide` are shrunk, tiny ones enlarged, titles that do
 * not fit are shortened. Characters that neither DejaVu Sans nor the system's fonts have show as boxes.
 *
 * @returns opaque RGBA pixels, ready for `encodePng`
 * @throws WeldonError for a picture without classes, or maps and photo that do not fit their sizes
 *
 * @example
 * await writeFile('beach.png', await encodePng(await drawHeatmap(picture, { colors: 'purpleOrange' })));
 */
export async function drawHeatmap(picture: HeatmapPicture, options: DrawOptions = {}): Promise<Pixels> {
  checkPicture(picture);
  const { showPhoto = true } = options;
  const resolved = resolvePictureOptions(options);
  const panels: (PictureClass | null)[] = [...(showPhoto ? [null] : []), ...picture.classes];
  const grid = arrangePanels(picture.photo.width, picture.photo.height, panels.length, options);
  const { unit, panelWidth, photoWidth, photoHeight } = grid;
  const photo = await fitPhoto(picture.photo, grid);
  const ranges = pictureRanges(picture, resolved);
  const ownLegends = ranges.some((range) => range.low !== ranges[0].low || range.high !== ranges[0].high);
  const entries = keyEntries(picture, resolved.outlines);

  const margin = Math.round(rhythm.margin * unit);
  const gap = Math.round(rhythm.gap * unit);
  const header = Math.round(rhythm.header * unit);
  const panelHeight = header + photoHeight + (ownLegends ? Math.round((rhythm.legend + 0.4) * unit) : 0);
  const contentWidth = grid.columns * panelWidth + (grid.columns - 1) * gap;
  const footer = planFooter(createContext(1, 1), picture, contentWidth, unit, entries, !ownLegends);
  const footerTop = margin + grid.rows * panelHeight + (grid.rows - 1) * Math.round(0.8 * gap) + Math.round(0.8 * unit);
  const width = contentWidth + 2 * margin;
  const height = Math.ceil(footerTop + footer.height + margin);

  const context = createContext(width, height);
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  const original = originalSize(picture);
  const scaleX = photoWidth / original.width;
  const scaleY = photoHeight / original.height;
  const scaled = (box: Box): Box =>
    ({ x: box.x * scaleX, y: box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY });
  const window = picture.window === undefined ? undefined : scaled(picture.window);
  const legendOf = (index: number, legendWidth: number) =>
    legend(ranges[index], { colors: resolved.colors, fade: resolved.fade, mostTicks: Math.max(2, Math.floor(legendWidth / (4 * unit))) });

  panels.forEach((shown, index) => {
    const x = margin + (index % grid.columns) * (panelWidth + gap);
    const y = margin + Math.floor(index / grid.columns) * (panelHeight + Math.round(0.8 * gap));
    if (shown === null) {
      drawHeader(context, x, y, panelWidth, unit, fileName(picture.path), []);
      putPixels(context, photo, x, y + header);
      return;
    }
    const classIndex = showPhoto ? index - 1 : index;
    const score = `score ${scoreText(shown.score)}`;
    drawHeader(context, x, y, panelWidth, unit, shown.name,
      shown.probability === undefined ? [score] : [percentText(shown.probability), score].filter((text) => text !== ''));
    putPixels(context, overlayMap(photo, shown.map, {
      range: ranges[classIndex], colors: resolved.colors, opacity: resolved.opacity, fade: resolved.fade,
      method: resolved.method, geometry: scaleGeometry(pictureGeometry(picture, shown.map), scaleX, scaleY), window,
    }), x, y + header);
    context.save();
    context.translate(x, y + header);
    if (window !== undefined) {
      dimOutside(context, window, photoWidth, photoHeight);
    }
    const boxes = outlinedBoxes(picture, shown, resolved.outlines);
    const lineWidth = Math.max(1.5, unit / 9);
    strokeBoxes(context, boxes.bottom.map(scaled), outlineStyles.bottom, lineWidth, photoWidth, photoHeight);
    strokeBoxes(context, boxes.top.map(scaled), outlineStyles.top, lineWidth, photoWidth, photoHeight);
    context.restore();
    if (ownLegends) {
      drawLegend(context, legendOf(classIndex, panelWidth), x, y + header + photoHeight + 0.4 * unit, panelWidth, unit);
    }
  });

  context.save();
  context.translate(margin, footerTop);
  if (!ownLegends) {
    drawLegend(context, legendOf(0, footer.legendWidth), 0, 0, footer.legendWidth, unit);
  }
  drawKey(context, entries, footer.key.x, footer.key.y, contentWidth - footer.key.x, unit);
  context.font = font(unit * 0.82);
  context.fillStyle = muted;
  footer.caption.forEach((line, i) => context.fillText(line, 0, footer.captionTop + (i + 0.2) * footer.lineHeight));
  context.restore();
  return takePixels(context, width, height);
}
