import type { Pixels } from '../../heatmaps/types.js';
import type { Canvas } from '../../render/canvas.js';
import type { HeatmapImage } from '../../render/composite.js';
import type { DrawOptions } from '../../render/drawHeatmap.js';
import { drawHeatmap as drawHeatmapOn } from '../../render/drawHeatmap.js';
import { resample } from '../images/resample.js';
import { drawPiece, font, measuringContext } from './nodeCanvas.js';

/** Text by the package `canvas`, sizes by sharp. */
export const nodeCanvas: Canvas = {
  measuringPen: () => ({ context: measuringContext(), font }),
  drawPiece: (width, height, paper, draw) => drawPiece(width, height, paper, (context) => draw({ context, font })),
  async resample({ data, width, height }, newWidth, newHeight) {
    const { data: bytes } = await resample({ data, width, height, channels: 4 }, newWidth, newHeight);
    const pixels = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { data: pixels, width: newWidth, height: newHeight };
  },
};

/**
 * Draws one image with the heat maps of its classes side by side: titles with probability and score, outlines of the
 * selected regions, a legend with numbers, and a caption that says how it was made.
 *
 * Every length follows the size of the image: images above `maxSide` are shrunk, tiny ones enlarged, titles that do
 * not fit are shortened. Characters that neither DejaVu Sans nor the system's fonts have show as boxes.
 *
 * @param canvas where text is measured and drawn; default: the package `canvas`, with sharp
 * @returns opaque RGBA pixels, ready for `encodePng`
 * @throws WeldonError for an image without classes, or maps and image that do not fit their sizes
 *
 * @example
 * await writeFile('beach.png', await encodePng(await drawHeatmap(image, { colors: 'purpleOrange' })));
 */
export function drawHeatmap(
  heatmap: HeatmapImage,
  options: DrawOptions = {},
  canvas: Canvas = nodeCanvas,
): Promise<Pixels> {
  return drawHeatmapOn(heatmap, options, canvas);
}
