import type { ClassHeatmaps } from '../../heatmaps/classHeatmaps.js';
import type { GradCam } from '../../heatmaps/gradCam.js';
import { mapGeometry, regionsInPixels } from '../../heatmaps/regionsInPixels.js';
import type { ClassMap, ClassRegions } from '../../heatmaps/types.js';
import type { ImageForModel } from '../../node/images/readForModel.js';
import { rgbaPixels } from '../../node/images/readImage.js';
import type { DrawnClass, HeatmapImage } from '../../render/composite.js';
import type { PreparedHeatmapModel } from './options.js';

/** What was read from one class of one image. */
export interface HeatmapFileClass {
  name: string;
  index: number;
  /** raw, before the activation */
  score: number;
  probability?: number;
  /** the strongest region: its cell in pixels of the image, and its evidence */
  strongest: { x: number; y: number; width: number; height: number; value: number } | null;
}

/** Grad-CAM's maps with their strongest place, as those of a network with class maps have their regions. */
export function withPeaks(read: GradCam): ClassHeatmaps {
  const peakOf = ({ data, columns }: ClassMap): ClassRegions => {
    const index = data.reduce((best, value, i) => (value > data[best] ? i : best), 0);
    const peak = { index, row: Math.floor(index / columns), column: index % columns, value: data[index] };
    return { top: data[index] > 0 ? [peak] : [], bottom: [] };
  };
  return { ...read, regions: read.maps.map((list) => list.map(peakOf)) };
}

/** One image's results as the painter and the report take them; without its pixels where nothing is drawn. */
export function imageOf(
  { image, input }: ImageForModel,
  prepared: PreparedHeatmapModel,
  read: ClassHeatmaps,
  drawn: boolean,
): { heatmap: HeatmapImage; summary: HeatmapFileClass[] } {
  const { model, recipe, pooling } = prepared;
  const size = { width: image.originalWidth, height: image.originalHeight };
  const places = { recipe: { resize: recipe.resize } };
  const summary: HeatmapFileClass[] = [];
  const classes = read.classes[0].map(({ index, name }, j): DrawnClass => {
    const regions = read.regions[0][j];
    const { top, bottom } = regionsInPixels(model, regions, size, places);
    const probability = read.probabilities?.[0][index];
    const score = read.scores[0][index];
    summary.push({
      name,
      index,
      score,
      probability,
      strongest: top.length === 0 ? null : { ...top[0].cell, value: top[0].value },
    });
    // A receptive field is unknown for GraphModels only, which do not come here.
    const boxes = {
      top: top.map(({ field, cell }) => field ?? cell),
      bottom: bottom.map(({ field, cell }) => field ?? cell),
    };
    return { name, index, score, probability, map: read.maps[0][j], regions, boxes };
  });
  const { scaleX, scaleY, offsetX, offsetY } = input.toImage;
  return {
    summary,
    heatmap: {
      path: image.path,
      image: drawn ? rgbaPixels(image) : { data: new Uint8ClampedArray(4), width: 1, height: 1 },
      originalWidth: size.width,
      originalHeight: size.height,
      geometry: mapGeometry(model, size, places),
      window: { x: offsetX, y: offsetY, width: input.width * scaleX, height: input.height * scaleY },
      classes,
      model: nameOf(prepared),
      pooling: prepared.gradCam === undefined ? pooling : undefined,
    },
  };
}

/** The name of a model as results show it. */
export function nameOf({ recipe, gradCam: own }: PreparedHeatmapModel): string | undefined {
  return own === undefined ? recipe.name : `${recipe.name ?? own.name} (Grad-CAM)`;
}
