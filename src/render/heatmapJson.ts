import type { Region } from '../heatmaps/types.js';
import type { Box } from '../models/resizeMapping.js';
import { originalSize, heatmapGeometry } from './composite.js';
import type { HeatmapImage } from './composite.js';

/** A float32 with the fewest digits that give it back; JSON has no NaN and no infinities, they become null. */
function number(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(9)) : null;
}

function regionJson({ row, column, value }: Region, box: Box | undefined) {
  return { row, column, value: number(value), ...(box === undefined ? {} : { box: boxJson(box) }) };
}

/** Pixels to a hundredth: no network sees finer. */
function boxJson({ x, y, width, height }: Box): Box {
  const round = (value: number) => Math.round(value * 100) / 100;
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

function heatmapJson(heatmap: HeatmapImage) {
  return {
    image: { path: heatmap.path, ...originalSize(heatmap) },
    ...(heatmap.model === undefined ? {} : { model: heatmap.model }),
    ...(heatmap.pooling === undefined ? {} : { pooling: heatmap.pooling }),
    classes: heatmap.classes.map((shown) => {
      const { name, index, score, probability, map, regions, boxes } = shown;
      const ends =
        regions === undefined
          ? {}
          : {
              regions: {
                top: regions.top.map((region, i) => regionJson(region, boxes?.top[i])),
                bottom: regions.bottom.map((region, i) => regionJson(region, boxes?.bottom[i])),
              },
            };
      return {
        name,
        index,
        score: number(score),
        probability: probability === undefined ? undefined : number(probability),
        rows: map.rows,
        columns: map.columns,
        map: Array.from({ length: map.rows }, (_, row) =>
          Array.from(map.data.subarray(row * map.columns, (row + 1) * map.columns), number),
        ),
        centers: heatmapGeometry(heatmap, map),
        ...ends,
      };
    }),
  };
}

const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object';

/** JSON with objects and arrays of plain values on one line each, so that a map shows as rows. */
function jsonText(value: unknown, indent = ''): string {
  if (isPlain(value)) {
    return JSON.stringify(value);
  }
  const isList = Array.isArray(value);
  const items: unknown[] = isList ? value : Object.values(value as object);
  const keys = isList ? null : Object.keys(value as object);
  const inLine = items.every(isPlain);
  const deeper = `${indent}  `;
  const between = inLine ? ', ' : `,\n${deeper}`;
  let text = '';
  for (const [i, item] of items.entries()) {
    if (item !== undefined) {
      const key = keys === null ? '' : `${JSON.stringify(keys[i])}: `;
      text += `${text === '' ? '' : between}${key}${typeof item === 'number' ? item : jsonText(item, deeper)}`;
    }
  }
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  return inLine ? `${open}${text}${close}` : `${open}\n${deeper}${text}\n${indent}${close}`;
}

/**
 * One image's class maps and how they came about as the text of a JSON file:
 *
 * - `image`: path, width and height of the upright image in pixels;
 * - `model`, `pooling`: as given;
 * - `classes[]`: name, index, score, probability, rows, columns, `map` (raw evidence, one array per row),
 *   `centers` (`x` and `y` start and step of the regions' centres in pixels of the image), and `regions.top`,
 *   `regions.bottom` with row, column, value and, where known, `box`: what the network saw, in pixels of the image.
 *
 * Numbers keep float32 precision; NaN and infinities are null. Rows of a map stand in a line each.
 */
export function heatmapJsonText(heatmap: HeatmapImage): string {
  return `${jsonText(heatmapJson(heatmap))}\n`;
}
