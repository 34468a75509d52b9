import type { HeatmapStyle } from '../../render/composite.js';
import type { HeatmapModelOptions, PreparedHeatmapModel } from './heatmapModel.js';

/** `'png'`: the image; `'json'`: raw maps with all that is known; `'npy'`: raw maps as a NumPy array. */
export type HeatmapFormat = 'png' | 'json' | 'npy';

export const heatmapFormats: readonly HeatmapFormat[] = ['png', 'json', 'npy'];

/** One file per image, or one page for all. */
export type OutputFormat = HeatmapFormat | 'html';

export const outputFormats: readonly OutputFormat[] = [...heatmapFormats, 'html'];

export interface HeatmapFilesOptions extends HeatmapModelOptions, HeatmapStyle {
  /** Folder for the results; made if it is not there. Default `'heatmaps'`. */
  out?: string;
  /** What to write. Default `['png']`. */
  formats?: readonly OutputFormat[];
  /** Without `classes`: how many of each image's best classes. Default 5. */
  top?: number;
  /** Images of more pixels are refused. Default 100 000 000. */
  maxPixels?: number;
  /** Leave out images whose results are there already and newer than the image; not with `'html'`. Default false. */
  resume?: boolean;
  /** Lines for the head of the HTML page, such as the backend's name. */
  details?: string[];
  /** Stops after the image in hand; what is written stays valid. */
  signal?: AbortSignal;
  /** Called once everything is ready, with the number of images to come and the model. */
  onStart?: (images: number, model: PreparedHeatmapModel) => void;
}
