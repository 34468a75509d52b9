import type { ClassMap, ClassRegions, Pixels } from '../../../src/heatmaps/types.js';
import type { HeatmapImage, DrawnClass } from '../../../src/render/composite.js';

/** A smooth image: a sky, a ground, and a disc at two thirds of the width. */
export function syntheticImage(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inDisc = Math.hypot((x - 0.67 * width) / width, (y - 0.4 * height) / width) < 0.12;
      const colour = inDisc ? [240, 200, 90] : y < 0.6 * height ? [120 + (60 * y) / height, 160, 205] : [96, 120, 70];
      data.set([...colour, 255], (y * width + x) * 4);
    }
  }
  return { data, width, height };
}

/** Evidence for a bump at (x, y), shares of the map; the rest is slightly negative. */
export function bump(rows: number, columns: number, x: number, y: number, peak: number): ClassMap {
  const data = new Float32Array(rows * columns);
  data.forEach((_, i) => {
    const dx = ((i % columns) + 0.5) / columns - x;
    const dy = (Math.floor(i / columns) + 0.5) / rows - y;
    data[i] = peak * (Math.exp(-20 * (dx * dx + dy * dy)) - 0.3 - 0.1 * dx);
  });
  return { data, rows, columns };
}

/** The k strongest and weakest regions. */
export function ends({ data, columns }: ClassMap, k: number): ClassRegions {
  const order = [...data.keys()].sort((a, b) => data[b] - data[a] || a - b);
  const region = (index: number) => ({
    index,
    row: Math.floor(index / columns),
    column: index % columns,
    value: data[index],
  });
  return { top: order.slice(0, k).map(region), bottom: order.slice(-k).reverse().map(region) };
}

function syntheticClass(name: string, x: number, y: number, score: number, probability: number, peak = 6): DrawnClass {
  const map = bump(6, 8, x, y, peak);
  return { name, score, probability, map, regions: ends(map, 4) };
}

export function syntheticHeatmap(width: number, height: number, changes: Partial<HeatmapImage> = {}): HeatmapImage {
  return {
    path: 'images/sun over a field.jpg',
    image: syntheticImage(width, height),
    classes: [
      syntheticClass('sun', 0.67, 0.4, 4.2, 0.913),
      syntheticClass('Mähdrescher, комбайн & λιβάδι in der Abenddämmerung', 0.2, 0.8, -1.25, 0.0004, 3),
    ],
    model: 'TestNet',
    pooling: { kMax: 4, kMin: null, alpha: 0.7, reduction: 'mean' },
    ...changes,
  };
}
