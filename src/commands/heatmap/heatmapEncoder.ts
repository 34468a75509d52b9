import type { DrawOptions } from '../../render/drawHeatmap.js';
import { heatmapJsonText } from '../../render/heatmapJson.js';
import { checkHeatmapImage } from '../../render/composite.js';
import type { HeatmapImage, ResolvedHeatmapStyle } from '../../render/composite.js';
import { npyFile } from '../../formats/npy.js';
import type { HeatmapFormat } from './options.js';

/** Makes the contents of files; where the work happens is the implementation's business. */
export interface HeatmapEncoder {
  /** The bytes or text of one file. */
  encode(heatmap: HeatmapImage, format: HeatmapFormat, options: DrawOptions): Promise<Uint8Array | string>;
  /** The HTML of one image in a report. */
  card(heatmap: HeatmapImage, number: number, options: ResolvedHeatmapStyle, imageSide: number): Promise<string>;
}

/** What draws, with its libraries: loaded where something is drawn. */
export async function loadDrawing() {
  const [{ drawHeatmap }, { encodePng }, { heatmapCard }] = await Promise.all([
    import('../../node/canvas/drawHeatmap.js'),
    import('../../node/images/encodePixels.js'),
    import('../report/imageCard.js'),
  ]);
  return { drawHeatmap, encodePng, heatmapCard };
}

/** Works in the thread that calls it; for drawing beside a busy network see `startEncoderThread`. */
export const heatmapEncoder: HeatmapEncoder = {
  async encode(heatmap, format, options) {
    checkHeatmapImage(heatmap);
    switch (format) {
      case 'png': {
        const { drawHeatmap, encodePng } = await loadDrawing();
        return encodePng(await drawHeatmap(heatmap, options));
      }
      case 'json':
        return heatmapJsonText(heatmap);
      case 'npy':
        return npyFile(heatmap.classes.map(({ map }) => map));
    }
  },
  card: async (...values) => (await loadDrawing()).heatmapCard(...values),
};
