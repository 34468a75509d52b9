/** Sizes that everything else follows, in pixels of the finished image. */
export interface PanelGrid {
  columns: number;
  rows: number;
  /** the image inside a panel */
  imageWidth: number;
  imageHeight: number;
  /** at least `imageWidth`: narrow images still get a readable title */
  panelWidth: number;
  /** size of the running text; margins and lines are multiples of it */
  unit: number;
}

export interface GridLimits {
  /** Longest side of one image in the image. Default 1600. */
  maxSide?: number;
  /** Widest row of images side by side. Default 2400, and 1600 from three columns on. */
  maxWidth?: number;
}

/** Images are enlarged to this long side at least; below it titles and legend would not fit. */
const smallestSide = 280;
const narrowestPanel = 230;

/** A screen's shape; grids come as near to it as they can. */
const wantedAspect = 1.8;

function chooseColumns(panels: number, aspect: number): number {
  let best = 1;
  let least = Infinity;
  for (let columns = 1; columns <= panels; columns++) {
    const rows = Math.ceil(panels / columns);
    const empty = rows * columns - panels;
    const cost = Math.abs(Math.log((columns * aspect) / (rows * wantedAspect))) + 0.8 * empty;
    if (cost < least) {
      [best, least] = [columns, cost];
    }
  }
  return best;
}

/** Arranges `panels` images of one size as a row or grid. */
export function arrangePanels(
  imageWidth: number,
  imageHeight: number,
  panels: number,
  limits: GridLimits = {},
): PanelGrid {
  const { maxSide = 1600, maxWidth } = limits;
  const long = Math.max(imageWidth, imageHeight);
  // A strip counts as less extreme than it is: its panel has a title and is never narrower than that.
  const columns = chooseColumns(panels, Math.min(4, Math.max(0.4, imageWidth / imageHeight)));
  const widest = maxWidth ?? (columns <= 2 ? 2400 : 1600);
  const shrink = Math.min(1, maxSide / long, widest / columns / imageWidth);
  const scale = Math.max(shrink, smallestSide / long);
  const width = Math.max(1, Math.round(imageWidth * scale));
  const height = Math.max(1, Math.round(imageHeight * scale));
  const panelWidth = Math.max(width, narrowestPanel);
  return {
    columns,
    rows: Math.ceil(panels / columns),
    imageWidth: width,
    imageHeight: height,
    panelWidth,
    unit: Math.min(26, Math.max(12, Math.round(Math.min(panelWidth, 400 + 3 * height) / 38))),
  };
}
