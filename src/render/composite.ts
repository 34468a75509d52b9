import { expected, expectedInWords } from '../errors.js';
import { displayRange } from '../heatmaps/displayRange.js';
import type { ColorMapName } from '../heatmaps/colorMaps.js';
import type { DisplayRange, RangeRule } from '../heatmaps/displayRange.js';
import { checkMap, checkPixels } from '../heatmaps/types.js';
import { regionCell } from '../heatmaps/regionOutlines.js';
import type { ClassMap, ClassRegions, Pixels } from '../heatmaps/types.js';
import { uniformGeometry } from '../heatmaps/upsampleMap.js';
import type { MapGeometry, UpsampleMethod } from '../heatmaps/upsampleMap.js';
import type { Box } from '../models/resizeMapping.js';
import type { Pooling } from '../pooling/kinds.js';

/** One class of one image, as it is drawn and written. */
export interface DrawnClass {
  name: string;
  /** the class' number in the model's output */
  index?: number;
  /** the pooled score, before any activation */
  score: number;
  /** the score after the model's activation, 0 … 1 */
  probability?: number;
  /** raw evidence `[rows, columns]` */
  map: ClassMap;
  /** the selected regions, strongest first at each end */
  regions?: ClassRegions;
  /** what the network saw for each of `regions`, in pixels of the original image */
  boxes?: { top: Box[]; bottom: Box[] };
}

/**
 * Everything there is to tell about one image: what `drawHeatmap`, `writeHeatmap` and the report take. It holds plain
 * values and typed arrays only, so it can be handed to a worker.
 */
export interface HeatmapImage {
  /** where the image came from; its last part is shown */
  path: string;
  /** the upright image, opaque, possibly smaller than the original */
  image: Pixels;
  /** size of the original upright image, the pixels of `geometry`, `window` and `boxes`; default that of `image` */
  originalWidth?: number;
  originalHeight?: number;
  /** where the regions' centres lie in the original image; default: they tile `window` evenly */
  geometry?: MapGeometry;
  /** the part of the original image that the network saw; default all of it */
  window?: Box;
  /** at least one class, in the order to show */
  classes: DrawnClass[];
  /** name of the model */
  model?: string;
  /** how the maps were pooled */
  pooling?: Pooling;
}

/** How images look; the report takes the same words. */
export interface HeatmapStyle {
  /**
   * Range of the colours: a rule, or numbers. Default `'diverging'`. With a rule the classes of an image share one
   * range, so that their colours can be compared; see `ownRange`.
   */
  range?: RangeRule | DisplayRange;
  /** Gives every class its own range and legend. Default false. */
  ownRange?: boolean;
  /** Default `'blueRed'` for diverging ranges, `'viridis'` for the others. */
  colors?: ColorMapName;
  /** Opacity of the strongest colour, 0 … 1. Default 0.65. */
  opacity?: number;
  /** What stays of the image's own colours under a map, 0 … 1; evidence in red on a red cup is hard to see. Default 0.2. */
  saturation?: number;
  /** Whether the image shows through where there is no evidence. Default true. */
  fade?: boolean;
  /** Default `'bicubic'`. */
  method?: UpsampleMethod;
  /**
   * Lines around the selected regions: `'cells'` around their cells of the map, `'boxes'` around what the network
   * saw for them, `'none'`. Default `'cells'`.
   */
  outlines?: 'cells' | 'boxes' | 'none';
}

export interface ResolvedHeatmapStyle extends Required<Omit<HeatmapStyle, 'colors'>> {
  colors: ColorMapName | undefined;
}

export function resolveHeatmapStyle(options: HeatmapStyle): ResolvedHeatmapStyle {
  const {
    range = 'diverging',
    ownRange = false,
    colors,
    opacity = 0.72,
    saturation = 0.2,
    fade = true,
    method = 'bicubic',
    outlines = 'cells',
  } = options;
  if (!['cells', 'boxes', 'none'].includes(outlines)) {
    throw expected('outlines', "'cells', 'boxes' or 'none'", outlines);
  }
  return { range, ownRange, colors, opacity, saturation, fade, method, outlines };
}

/** Refuses images that could not be drawn or written in full. */
export function checkHeatmapImage(heatmap: HeatmapImage): void {
  checkPixels(heatmap.image, heatmap.path);
  if (heatmap.classes.length === 0) {
    throw expectedInWords(`classes for ${heatmap.path}`, 'at least one class', 'none');
  }
  for (const { name, map } of heatmap.classes) {
    checkMap(map, `${name} for ${heatmap.path}`);
  }
}

/** Size of the original image. */
export function originalSize(heatmap: HeatmapImage): { width: number; height: number } {
  return {
    width: heatmap.originalWidth ?? heatmap.image.width,
    height: heatmap.originalHeight ?? heatmap.image.height,
  };
}

/** Where the regions of a map lie in the original image. */
export function heatmapGeometry(heatmap: HeatmapImage, map: ClassMap): MapGeometry {
  if (heatmap.geometry !== undefined) {
    return heatmap.geometry;
  }
  const { width, height } = originalSize(heatmap);
  const window = heatmap.window ?? { x: 0, y: 0, width, height };
  const geometry = uniformGeometry(map, window.width, window.height);
  geometry.x.start += window.x;
  geometry.y.start += window.y;
  return geometry;
}

/** The range of each class' colours: one for all, or its own. */
export function heatmapRanges(heatmap: HeatmapImage, { range, ownRange }: ResolvedHeatmapStyle): DisplayRange[] {
  const maps = heatmap.classes.map(({ map }) => map);
  if (typeof range !== 'string') {
    return maps.map(() => range);
  }
  const shared = displayRange(maps, range);
  return ownRange ? maps.map((map) => displayRange(map, range)) : maps.map(() => shared);
}

/** The rectangles to outline for one class, in pixels of the original image. */
export function outlinedBoxes(
  heatmap: HeatmapImage,
  shown: DrawnClass,
  outlines: ResolvedHeatmapStyle['outlines'],
): { top: Box[]; bottom: Box[] } {
  const { regions, boxes, map } = shown;
  if (outlines === 'none' || (outlines === 'boxes' && boxes === undefined) || regions === undefined) {
    return { top: [], bottom: [] };
  }
  if (outlines === 'boxes' && boxes !== undefined) {
    return boxes;
  }
  const { width, height } = originalSize(heatmap);
  const geometry = heatmapGeometry(heatmap, map);
  const cells = (end: ClassRegions['top']) => end.map((region) => regionCell(region, geometry, width, height));
  return { top: cells(regions.top), bottom: cells(regions.bottom) };
}

/** The last part of a path, whatever the system's separator. */
export function fileName(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? path
  );
}
