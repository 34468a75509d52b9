/** The images of `weldon heatmap`, drawn on the browser's own canvas. */
import { drawHeatmap } from '../../../src/index.js';
import type { Canvas, HeatmapImage, HeatmapStyle, Pixels } from '../../../src/index.js';

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const canvas = new OffscreenCanvas(width, height);
  return canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
}

function pixelsOf(context: OffscreenCanvasRenderingContext2D): Pixels {
  const { width, height } = context.canvas;
  return { data: context.getImageData(0, 0, width, height).data as Uint8ClampedArray, width, height };
}

const imageData = ({ data, width, height }: Pixels) => new ImageData(new Uint8ClampedArray(data), width, height);

const font = (size: number, weight: 'normal' | 'bold' = 'normal') =>
  `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;

const pageCanvas: Canvas = {
  measuringPen: () => ({ context: contextOf(1, 1), font }),
  drawPiece(width, height, paper, draw) {
    const context = contextOf(width, height);
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
    draw({ context, font });
    return pixelsOf(context);
  },
  async resample(image, width, height) {
    const size = { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' as const };
    const bitmap = await createImageBitmap(imageData(image), size);
    const context = contextOf(width, height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return pixelsOf(context);
  },
};

/** The image that `weldon heatmap` draws, as a PNG. */
export async function drawPng(heatmap: HeatmapImage, options: HeatmapStyle): Promise<Blob> {
  const drawn = await drawHeatmap(heatmap, { ...options, showImage: false }, pageCanvas);
  const context = contextOf(drawn.width, drawn.height);
  context.putImageData(imageData(drawn), 0, 0);
  return context.canvas.convertToBlob({ type: 'image/png' });
}
