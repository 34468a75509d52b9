import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expectedInWords } from '../errors.js';
import type { FeaturesWithHead } from '../models/graphModelFeatures.js';
import type { AxisField, ReceptiveField } from '../models/receptiveField.js';
import { receptiveField } from '../models/receptiveField.js';
import type { ResizeRule } from '../models/recipe.js';
import type { RecipeParts } from '../models/recipeMetadata.js';
import { recipeWith } from '../models/recipeMetadata.js';
import type { Box, PixelMapping, ResizePlan } from '../models/resizeMapping.js';
import { boxInImage, clipBox, planResize } from '../models/resizeMapping.js';
import { regionCell } from './regionOutlines.js';
import type { ClassRegions, Region } from './types.js';
import type { MapGeometry } from './upsampleMap.js';

/** A region with its place in the image, in pixels of the image. */
export interface RegionInPixels extends Region {
  /** the tile around the region's centre, as wide as the step to the next region; tiles do not overlap */
  cell: Box;
  /** everything the network saw for this region; `null` for a GraphModel, whose layers are not known */
  field: Box | null;
}

/** {@link ClassRegions} with their places in the image. */
export interface ClassRegionsInPixels {
  top: RegionInPixels[];
  bottom: RegionInPixels[];
}

export interface RegionsInPixelsOptions {
  /** The image is the network's input itself, as with `prepared` in `classHeatmaps`. Default false. */
  prepared?: boolean;
  /** Parts of the recipe that the model does not carry, or that shall hold instead of its own. */
  recipe?: RecipeParts;
  /** Class names of layers of your own that work on each place by itself. */
  pointwise?: readonly string[];
}

type Model = tfl.LayersModel | FeaturesWithHead;
type Size = { width: number; height: number };

const untouched: PixelMapping = { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 };

function planFor(
  model: tfl.LayersModel,
  image: Size,
  options: RegionsInPixelsOptions,
): Pick<ResizePlan, 'width' | 'height' | 'toImage'> {
  if (options.prepared) {
    return { width: image.width, height: image.height, toImage: untouched };
  }
  const { resize } = recipeWith(model, options.recipe ?? {}, ['resize']);
  return planResize(image.width, image.height, resize as ResizeRule);
}

/** A GraphModel's regions tile its input evenly, as near as can be known. */
function evenField(pixels: number, stride: number): AxisField {
  return { size: NaN, stride, start: stride / 2, center: stride / 2, count: Math.ceil(pixels / stride) };
}

interface KnownFields {
  output: tfl.SymbolicTensor;
  bySize: Map<string, ReceptiveField>;
}

const known = new WeakMap<tfl.LayersModel, KnownFields>();
const mostSizes = 64;

/** The receptive field, walked once per model and size of its input: images come by the hundred. */
function fieldOf(
  model: tfl.LayersModel,
  height: number,
  width: number,
  pointwise: readonly string[] = [],
): ReceptiveField {
  let fields = known.get(model);
  if (fields === undefined || fields.output !== model.outputs[0] || fields.bySize.size >= mostSizes) {
    fields = { output: model.outputs[0], bySize: new Map() };
    known.set(model, fields);
  }
  const key = [height, width, ...pointwise].join(' ');
  const field = fields.bySize.get(key) ?? receptiveField(model, { inputSize: [height, width], pointwise });
  fields.bySize.set(key, field);
  return field;
}

interface Places {
  toImage: PixelMapping;
  field: Pick<ReceptiveField, 'rows' | 'columns'>;
}

function placesOf(model: Model, image: Size, options: RegionsInPixelsOptions): Places {
  if ('features' in model) {
    const { width, height, toImage } = planFor(model.head, image, options);
    const [rows, columns] = model.features.stride;
    return { toImage, field: { rows: evenField(height, rows), columns: evenField(width, columns) } };
  }
  const { width, height, toImage } = planFor(model, image, options);
  return { toImage, field: fieldOf(model, height, width, options.pointwise) };
}

function geometryOf({ toImage, field }: Places): MapGeometry {
  const { rows, columns } = field;
  return {
    x: { start: columns.center * toImage.scaleX + toImage.offsetX, step: columns.stride * toImage.scaleX },
    y: { start: rows.center * toImage.scaleY + toImage.offsetY, step: rows.stride * toImage.scaleY },
  };
}

/**
 * Where the regions of a model's class maps lie in an image, for `upsampleMap` and `overlayMap`: centres of the
 * receptive fields, through the recipe's resize rule.
 *
 * TensorFlow's `'same'` padding of an even size pads at the end only, so that a network that halves five times has its
 * centres half a cell further down and to the right than an even tiling, 31.5 px instead of 16 px at the first.
 *
 * @param image size of the image in pixels
 * @throws WeldonError as {@link regionsInPixels}
 *
 * @example
 * upsampleMap(map, { width: 640, height: 480, geometry: mapGeometry(model, { width: 640, height: 480 }) });
 */
export function mapGeometry(model: Model, image: Size, options: RegionsInPixelsOptions = {}): MapGeometry {
  checkKeys(options, 'prepared recipe pointwise', 'mapGeometry');
  return geometryOf(placesOf(model, image, options));
}

/** The whole window, clipped to the image. */
function fieldBox(region: Region, { field, toImage }: Places, image: Size): Box | null {
  const { rows, columns } = field;
  if (Number.isNaN(rows.size)) {
    return null;
  }
  const box = {
    x: columns.start + region.column * columns.stride - columns.size / 2,
    y: rows.start + region.row * rows.stride - rows.size / 2,
    width: columns.size,
    height: rows.size,
  };
  return clipBox(boxInImage(box, toImage), image.width, image.height);
}

/**
 * The boxes of regions in an image, in pixels: the cell, a stride wide, and the whole receptive field, both cut at the
 * image's edges. The receptive field is what the region could see; what it looked at lies mostly around the centre.
 *
 * @param model the model that the regions came from
 * @param regions from `classHeatmaps`: a list, or the top and bottom of one class
 * @param image size of the image in pixels (of the network's input with `prepared`)
 * @throws WeldonError if a region lies outside the maps of this image, the model's recipe lacks its resize rule, or a
 *   layer's receptive field is not known
 *
 * @example
 * const { maps, regions } = await classHeatmaps(model, image, { classes: ['tabby'] });
 * const { top } = regionsInPixels(model, regions[0][0], image);
 * console.log(top[0].cell); // { x: 96, y: 64, width: 64, height: 64 }
 */
export function regionsInPixels(
  model: Model,
  regions: ClassRegions,
  image: Size,
  options?: RegionsInPixelsOptions,
): ClassRegionsInPixels;
export function regionsInPixels(
  model: Model,
  regions: readonly Region[],
  image: Size,
  options?: RegionsInPixelsOptions,
): RegionInPixels[];
export function regionsInPixels(
  model: Model,
  regions: ClassRegions | readonly Region[],
  image: Size,
  options: RegionsInPixelsOptions = {},
): ClassRegionsInPixels | RegionInPixels[] {
  checkKeys(options, 'prepared recipe pointwise', 'regionsInPixels');
  const places = placesOf(model, image, options);
  const geometry = geometryOf(places);
  const { rows, columns } = places.field;
  const place = (region: Region): RegionInPixels => {
    if (!(region.row >= 0 && region.row < rows.count && region.column >= 0 && region.column < columns.count)) {
      throw expectedInWords(
        `regions of a ${image.width}×${image.height} image`,
        `inside its maps of ${rows.count} rows and ${columns.count} columns`,
        `row ${region.row}, column ${region.column}`,
      );
    }
    return {
      ...region,
      cell: regionCell(region, geometry, image.width, image.height),
      field: fieldBox(region, places, image),
    };
  };
  return 'top' in regions ? { top: regions.top.map(place), bottom: regions.bottom.map(place) } : regions.map(place);
}
