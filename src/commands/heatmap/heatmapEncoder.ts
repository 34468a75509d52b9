import type { DrawOptions } from '../../render/drawHeatmap.js';
import { drawHeatmap } from '../../render/drawHeatmap.js';
import { encodePng } from '../../node/images/encodePixels.js';
import { heatmapJsonText } from '../../render/heatmapJson.js';
import { checkPicture } from '../../render/composite.js';
import type { HeatmapPicture, ResolvedPictureOptions } from '../../render/composite.js';
import { npyFile } from '../../formats/npy.js';
import { reportCard } from '../report/heatmapCard.js';

/** `'png'`: the picture; `'json'`: raw maps with all that is known; `'npy'`: raw maps as a NumPy array. */
export type HeatmapFormat = 'png' | 'json' | 'npy';

export const heatmapFormats: readonly HeatmapFormat[] = ['png', 'json', 'npy'];

/** Makes the contents of files; where the work happens is the implementation's business. */
export interface PictureEncoder {
  /** The bytes or text of one file. */
  encode(picture: HeatmapPicture, format: HeatmapFormat, options: DrawOptions): Promise<Uint8Array | string>;
  /** The HTML of one photo in a report. */
  card(picture: HeatmapPicture, number: number, options: ResolvedPictureOptions, photoSide: number): Promise<string>;
}

/** Works in the thread that calls it; for drawing beside a busy network see `startPictureThread`. */
export const pictureEncoder: PictureEncoder = {
  async encode(picture, format, options) {
    checkPicture(picture);
    switch (format) {
      case 'png':
        return encodePng(await drawHeatmap(picture, options));
      case 'json':
        return heatmapJsonText(picture);
      case 'npy':
        return npyFile(picture.classes.map(({ map }) => map));
    }
  },
  card: reportCard,
};
