import { drawHeatmap } from '../../../../src/render/drawHeatmap.js';
import type { HeatmapImage, HeatmapStyle } from '../../../../src/render/composite.js';

/** The picture that `weldon heatmap` draws, as a PNG. */
export async function drawPng(picture: HeatmapImage, options: HeatmapStyle): Promise<Blob> {
  const { data, width, height } = await drawHeatmap(picture, { ...options, showImage: false });
  const canvas = new OffscreenCanvas(width, height);
  (canvas.getContext('2d') as OffscreenCanvasRenderingContext2D).putImageData(
    new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height),
    0,
    0,
  );
  return canvas.convertToBlob({ type: 'image/png' });
}
