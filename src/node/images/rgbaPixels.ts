import type { Pixels } from '../../heatmaps/types.js';

/** RGB bytes as opaque RGBA, the form that overlays and canvases take. */
export function rgbaPixels({ pixels, width, height }: { pixels: Uint8Array; width: number; height: number }): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; to < data.length; from += 3, to += 4) {
    data[to] = pixels[from];
    data[to + 1] = pixels[from + 1];
    data[to + 2] = pixels[from + 2];
    data[to + 3] = 255;
  }
  return { data, width, height };
}
