import { legend } from '../heatmaps/legend.js';
import { overlayMap } from '../heatmaps/overlayMap.js';
import { paintOutlines } from '../heatmaps/paintOutlines.js';
import type { Pixels } from '../heatmaps/types.js';
import { scaleGeometry } from '../heatmaps/upsampleMap.js';
import type { Box } from '../models/resizeMapping.js';
import type { Canvas } from './canvas.js';
import {
  checkHeatmapImage,
  fileName,
  heatmapGeometry,
  heatmapRanges,
  originalSize,
  outlinedBoxes,
  resolveHeatmapStyle,
} from './composite.js';
import type { DrawnClass, HeatmapImage, HeatmapStyle, ResolvedHeatmapStyle } from './composite.js';
import { drawHeader, paper, percentText, rhythm, scoreText } from './text.js';
import { drawFooter, drawLegend, keyEntries, planFooter, swatchSize } from './footer.js';
import { arrangePanels } from './layout.js';
import type { GridLimits } from './layout.js';
import { checkKeys } from '../errors.js';

export interface DrawOptions extends HeatmapStyle, GridLimits {
  /** Whether the image itself is the first panel. Default true. */
  showImage?: boolean;
}

/** Copies a piece into an image, upper left corner at (x, y); it must lie inside. */
export function placePiece(heatmap: Pixels, piece: Pixels, x: number, y: number): void {
  for (let row = 0; row < piece.height; row++) {
    const from = piece.data.subarray(row * piece.width * 4, (row + 1) * piece.width * 4);
    heatmap.data.set(from, ((y + row) * heatmap.width + x) * 4);
  }
}

/** Darkens what the network did not see. */
function dimOutside({ data, width, height }: Pixels, window: Box): void {
  const left = Math.round(window.x);
  const right = Math.round(window.x + window.width);
  for (let y = 0; y < height; y++) {
    const inRows = y >= Math.round(window.y) && y < Math.round(window.y + window.height);
    for (let x = 0; x < width; x++) {
      if (!inRows || x < left || x >= right) {
        for (let i = 4 * (y * width + x), end = i + 3; i < end; i++) {
          data[i] = 10 + 0.45 * data[i];
        }
      }
    }
  }
}

function notesOf({ score, probability }: DrawnClass): string[] {
  return [...(probability === undefined ? [] : [percentText(probability)]), `score ${scoreText(score)}`];
}

/** Draws the maps over the image, panel by panel. */
function panelPainter(heatmap: HeatmapImage, image: Pixels, unit: number, options: ResolvedHeatmapStyle) {
  const original = originalSize(heatmap);
  const scaleX = image.width / original.width;
  const scaleY = image.height / original.height;
  const scaled = (box: Box): Box => ({
    x: box.x * scaleX,
    y: box.y * scaleY,
    width: box.width * scaleX,
    height: box.height * scaleY,
  });
  const window = heatmap.window === undefined ? undefined : scaled(heatmap.window);
  const ranges = heatmapRanges(heatmap, options);
  return (shown: DrawnClass): Pixels => {
    const panel = overlayMap(image, shown.map, {
      range: ranges[heatmap.classes.indexOf(shown)],
      colors: options.colors,
      opacity: options.opacity,
      fade: options.fade,
      saturation: options.saturation,
      method: options.method,
      geometry: scaleGeometry(heatmapGeometry(heatmap, shown.map), scaleX, scaleY),
      window,
    });
    if (window !== undefined) {
      dimOutside(panel, window);
    }
    const boxes = outlinedBoxes(heatmap, shown, options.outlines);
    paintOutlines(panel, boxes.bottom.map(scaled), 'bottom', lineWidthFor(unit));
    paintOutlines(panel, boxes.top.map(scaled), 'top', lineWidthFor(unit));
    return panel;
  };
}

function lineWidthFor(unit: number): number {
  return Math.max(1, Math.round(unit / 8));
}

/**
 * Draws one image with the heat maps of its classes side by side: titles with probability and score, outlines of the
 * selected regions, a legend with numbers, and a caption that says how it was made.
 *
 * Every length follows the size of the image: images above `maxSide` are shrunk, tiny ones enlarged, titles that do
 * not fit are shortened.
 *
 * @param canvas where text is measured and drawn; `tfjs-weldon/node` has a `drawHeatmap` that brings its own
 * @returns opaque RGBA pixels
 * @throws WeldonError for an image without classes, or maps and image that do not fit their sizes
 */
export async function drawHeatmap(heatmap: HeatmapImage, options: DrawOptions, canvas: Canvas): Promise<Pixels> {
  checkKeys(
    options,
    'maxSide maxWidth showImage range ownRange colors opacity saturation fade method outlines',
    'drawHeatmap',
  );
  checkHeatmapImage(heatmap);
  const { showImage = true } = options;
  const resolved = resolveHeatmapStyle(options);
  const panels: (DrawnClass | null)[] = [...(showImage ? [null] : []), ...heatmap.classes];
  const grid = arrangePanels(heatmap.image.width, heatmap.image.height, panels.length, options);
  const { unit, columns, panelWidth, imageWidth, imageHeight } = grid;
  const fits = heatmap.image.width === imageWidth && heatmap.image.height === imageHeight;
  const image = fits ? heatmap.image : await canvas.resample(heatmap.image, imageWidth, imageHeight);
  const paint = panelPainter(heatmap, image, unit, resolved);
  const ranges = heatmapRanges(heatmap, resolved);
  const ownLegends = ranges.some((range) => range.low !== ranges[0].low || range.high !== ranges[0].high);
  const legendOf = (range: (typeof ranges)[number], legendWidth: number) =>
    legend(range, {
      colors: resolved.colors,
      fade: resolved.fade,
      mostTicks: Math.max(2, Math.floor(legendWidth / (4 * unit))),
    });

  const margin = Math.round(rhythm.margin * unit);
  const gap = Math.round(rhythm.gap * unit);
  const header = Math.round(rhythm.header * unit);
  const legendHeight = ownLegends ? Math.round((rhythm.legend + 0.4) * unit) : 0;
  const rowHeight = header + imageHeight + legendHeight + Math.round(0.8 * gap);
  const contentWidth = columns * panelWidth + (columns - 1) * gap;
  const footer = planFooter(
    canvas.measuringPen(),
    heatmap,
    contentWidth,
    unit,
    keyEntries(heatmap, resolved.outlines),
    !ownLegends,
  );
  const footerTop = margin + grid.rows * rowHeight - Math.round(0.8 * gap) + Math.round(0.8 * unit);
  const width = contentWidth + 2 * margin;
  const height = footerTop + footer.height + margin;
  const result: Pixels = { data: new Uint8ClampedArray(width * height * 4).fill(255), width, height };

  for (let row = 0; row < grid.rows; row++) {
    const shown = panels.slice(row * columns, (row + 1) * columns);
    const top = margin + row * rowHeight;
    const panelX = (column: number) => column * (panelWidth + gap);
    placePiece(
      result,
      canvas.drawPiece(contentWidth, header, paper, (pen) =>
        shown.forEach((each, column) =>
          drawHeader(
            pen,
            panelX(column),
            panelWidth,
            unit,
            each?.name ?? fileName(heatmap.path),
            each === null ? [] : notesOf(each),
          ),
        ),
      ),
      margin,
      top,
    );
    shown.forEach((each, column) =>
      placePiece(result, each === null ? image : paint(each), margin + panelX(column), top + header),
    );
    if (ownLegends) {
      placePiece(
        result,
        canvas.drawPiece(contentWidth, legendHeight, paper, (pen) =>
          shown.forEach((each, column) => {
            if (each !== null) {
              const range = ranges[heatmap.classes.indexOf(each)];
              drawLegend(pen, legendOf(range, panelWidth), panelX(column), 0.4 * unit, panelWidth, unit);
            }
          }),
        ),
        margin,
        top + header + imageHeight,
      );
    }
  }
  const piece = canvas.drawPiece(footer.width, footer.height, paper, (pen) =>
    drawFooter(pen, footer, ownLegends ? null : legendOf(ranges[0], footer.legendWidth), unit),
  );
  const swatch = swatchSize(unit);
  const inset = lineWidthFor(unit);
  for (const { x, y, style } of footer.swatches) {
    const box = { x: x + inset, y: y + inset, width: swatch.width - 2 * inset, height: swatch.height - 2 * inset };
    paintOutlines(piece, [box], style, lineWidthFor(unit));
  }
  placePiece(result, piece, margin, footerTop);
  return result;
}
