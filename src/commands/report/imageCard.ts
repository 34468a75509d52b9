import { join } from 'node:path';
import { displayRange } from '../../heatmaps/displayRange.js';
import type { DisplayRange } from '../../heatmaps/displayRange.js';
import { colorizeMap } from '../../heatmaps/colorizeMap.js';
import { legend } from '../../heatmaps/legend.js';
import { overlayMap } from '../../heatmaps/overlayMap.js';
import { outlineBoxes } from '../../heatmaps/regionOutlines.js';
import type { Pixels } from '../../heatmaps/types.js';
import { scaleGeometry, upsampleMap } from '../../heatmaps/upsampleMap.js';
import { clipBox } from '../../models/resizeMapping.js';
import type { Box } from '../../models/resizeMapping.js';
import { encodeImage, encodeOverlay } from '../../node/images/encodePixels.js';
import { html } from './html.js';
import type { Html, HtmlPart } from './html.js';
import {
  checkHeatmapImage,
  fileName,
  heatmapGeometry,
  heatmapRanges,
  originalSize,
  outlinedBoxes,
} from '../../render/composite.js';
import type { DrawnClass, HeatmapImage, ResolvedHeatmapStyle } from '../../render/composite.js';
import { readImage, rgbaPixels } from '../../node/images/readImage.js';
import { percentText, scoreText } from '../../render/text.js';
import type { Example, ExampleMap } from './results.js';

/** Maps are smooth: a browser enlarges this many pixels without a visible difference, at a tenth of the bytes. */
const overlaySide = 224;

interface CardHead {
  /** shown where the pointer rests */
  path: string;
  name: string;
  /** behind the name, in small letters */
  detail?: string;
  /** what the page's search looks through beside the path */
  words?: readonly string[];
  /** of the heading */
  level: 2 | 3;
}

/** A card with a heading and what belongs to it. */
export function card({ path, name, detail, words = [], level }: CardHead, content: HtmlPart): Html {
  return html`<article data-words="${[path, ...words].join(' ').toLowerCase()}"><h${level} title="${path}">${name}${
    detail !== undefined && html` <small>${detail}</small>`
  }</h${level}>${content}</article>
`;
}

export function failure(message: string): Html {
  return html`<p class="bad">${message}</p>`;
}

export function dataUri(bytes: Buffer): string {
  return `data:image/webp;base64,${bytes.toString('base64')}`;
}

/** The painted map at full opacity, transparent outside what the network saw; the page sets the opacity. */
function overlay(
  heatmap: HeatmapImage,
  shown: DrawnClass,
  range: DisplayRange,
  options: ResolvedHeatmapStyle,
): Promise<Buffer> {
  const original = originalSize(heatmap);
  const scale = Math.min(1, overlaySide / Math.max(original.width, original.height));
  const width = Math.max(1, Math.round(original.width * scale));
  const height = Math.max(1, Math.round(original.height * scale));
  const [scaleX, scaleY] = [width / original.width, height / original.height];
  const wide = upsampleMap(shown.map, {
    width,
    height,
    method: options.method,
    geometry: scaleGeometry(heatmapGeometry(heatmap, shown.map), scaleX, scaleY),
  });
  const { window } = heatmap;
  if (window !== undefined) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const x = (column + 0.5) / scaleX - window.x;
        const y = (row + 0.5) / scaleY - window.y;
        if (x < 0 || y < 0 || x > window.width || y > window.height) {
          wide.data[row * width + column] = NaN; // never painted
        }
      }
    }
  }
  return encodeOverlay(colorizeMap(wide, { range, colors: options.colors, fade: options.fade }));
}

interface Size {
  width: number;
  height: number;
}

function pathData(boxes: readonly Box[], width: number, height: number): string {
  const number = (value: number) => String(Math.round(value * 10) / 10);
  return outlineBoxes(boxes.map((box) => clipBox(box, width, height)))
    .map((polygon) => `M${polygon.map(([x, y]) => `${number(x)} ${number(y)}`).join('L')}Z`)
    .join('');
}

/** Outlines over an image, each on a dark casing that shows on any ground, and darkness outside of `window`. */
export function marks(
  { width, height }: Size,
  outlines: { end: 'top' | 'bottom'; boxes: readonly Box[] }[],
  window?: Box,
): HtmlPart {
  const lines = outlines
    .map(({ end, boxes }) => ({ end, d: pathData(boxes, width, height) }))
    .filter(({ d }) => d !== '');
  if (window === undefined && lines.length === 0) {
    return null;
  }
  const outside = window && `M0 0H${width}V${height}H0Z${pathData([window], width, height)}`;
  return html`<svg class="marks" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${
    outside && html`<path class="outside" fill-rule="evenodd" d="${outside}"/>`
  }${lines.map(({ end, d }) => html`<path class="line casing" d="${d}"/><path class="line ${end}" d="${d}"/>`)}</svg>`;
}

function outlined(heatmap: HeatmapImage, shown: DrawnClass, { outlines }: ResolvedHeatmapStyle): HtmlPart {
  const { top, bottom } = outlinedBoxes(heatmap, shown, outlines);
  const ends = [
    { end: 'bottom' as const, boxes: bottom },
    { end: 'top' as const, boxes: top },
  ];
  return marks(originalSize(heatmap), ends, heatmap.window);
}

function legendMarkup(range: DisplayRange): Html {
  const [low, high] = legend(range).ends;
  // three digits of the span
  const decimals = Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(range.high - range.low))));
  const end = (value: number) => {
    const magnitude = Math.abs(value);
    const text =
      (magnitude < 1e-3 && magnitude > 0) || magnitude >= 1e5
        ? magnitude.toExponential(1)
        : magnitude.toFixed(decimals);
    return `${value < 0 ? '\u2212' : ''}${Number(text) === 0 ? '0' : text}`;
  };
  return html`<div class="legend"><span>${end(range.low)}</span><i></i><span>${end(range.high)}</span>
<span class="words"><span>${low}</span><span>evidence</span><span>${high}</span></span></div>`;
}

/** Where the strongest region lies, in words, for those who do not see the map. */
function placeInWords(heatmap: HeatmapImage, { map }: DrawnClass): string {
  let strongest = 0;
  map.data.forEach((value, i) => {
    if (value > map.data[strongest] || Number.isNaN(map.data[strongest])) {
      strongest = i;
    }
  });
  const { width, height } = originalSize(heatmap);
  const { x, y } = heatmapGeometry(heatmap, map);
  const third = (place: number, size: number, words: [string, string, string]) =>
    words[Math.min(2, Math.max(0, Math.floor((3 * place) / size)))];
  const across = third(x.start + (strongest % map.columns) * x.step, width, ['left', 'centre', 'right']);
  const down = third(y.start + Math.floor(strongest / map.columns) * y.step, height, ['top', 'middle', 'bottom']);
  return down === 'middle' && across === 'centre'
    ? 'in the middle'
    : down === 'middle'
      ? `at the ${across}`
      : `at the ${down} ${across}`;
}

/** One image with its maps: the image once, a small transparent image per class, and chips to choose among them. */
export async function heatmapCard(
  heatmap: HeatmapImage,
  number: number,
  options: ResolvedHeatmapStyle,
  imageSide: number,
): Promise<string> {
  checkHeatmapImage(heatmap);
  const ranges = heatmapRanges(heatmap, options);
  const { width, height } = originalSize(heatmap);
  const [image, ...overlays] = await Promise.all([
    encodeImage(heatmap.image, imageSide),
    ...heatmap.classes.map((shown, i) => overlay(heatmap, shown, ranges[i], options)),
  ]);
  const { path } = heatmap;
  const name = fileName(path);
  const group = `image${number}`;
  const chip = (id: string, checked: boolean, words: readonly string[], share?: number) =>
    html`<input type="radio" name="${group}" id="${id}"${checked && html` checked`}><label for="${id}"${
      share !== undefined && html` style="--share:${(100 * share).toFixed(1)}%"`
    }>${words.map((word) => html`<span>${word}</span>`)}</label>`;
  const classes = heatmap.classes.map((shown, i) => {
    const { name: className, score, probability } = shown;
    const numbers = [...(probability === undefined ? [] : [percentText(probability)]), `score ${scoreText(score)}`];
    const share = probability !== undefined && probability >= 0 && probability <= 1 ? probability : undefined;
    const alt = `${className}, ${numbers.join(', ')}: evidence is strongest ${placeInWords(heatmap, shown)} of ${name}`;
    return html`${chip(`${group}-${i}`, i === 0, [className, ...numbers], share)}<div class="layer"
 style="aspect-ratio:${width}/${height}"><img alt="${alt}" src="${dataUri(overlays[i])}">${outlined(heatmap, shown, options)}${legendMarkup(ranges[i])}</div>`;
  });
  const words = heatmap.classes.map((shown) => shown.name);
  const view = html`<div class="view" role="radiogroup" aria-label="Class shown on ${name}"><img class="image"
 alt="Image ${name}" width="${width}" height="${height}" decoding="async" src="${dataUri(image)}">${classes}${chip(
   `${group}-none`,
   false,
   ['image'],
 )}</div>`;
  return String(card({ path, name, detail: `${width} × ${height}`, words, level: 2 }, view));
}

/** A file that gave no heat map, with the sentence that says why. */
export function failedCard(path: string, message: string): string {
  return String(card({ path, name: fileName(path), level: 2 }, failure(message)));
}

/** Long side of the images of examples, pixels. */
const exampleSide = 300;

const roles = { true: 'shows', predicted: 'taken for', both: 'found', own: 'looks like' } as const;

function caption({ className, role, probability, score }: ExampleMap): Html {
  const number = probability === null ? `score ${scoreText(score)}` : percentText(probability);
  return html`<figcaption><span>${roles[role]}</span> <b>${className}</b> ${number.replaceAll(' ', '\u00a0')}</figcaption>`;
}

/** The image, and over it each of the maps; colours share one range, so that maps of an image can be compared. */
async function exampleFigures(example: Example, image: Pixels): Promise<Html[]> {
  const { path, maps, boxes = [] } = example;
  const found = maps.map(({ values, rows, columns }) => ({ data: Float32Array.from(values), rows, columns }));
  const range = found.length === 0 ? undefined : displayRange(found);
  const outlines = boxes.map((box) => ({ end: 'top' as const, boxes: [box] }));
  const figure = async (pixels: Pixels, alt: string, below: Html) =>
    html`<figure><div class="frame"><img alt="${alt}" src="${dataUri(await encodeImage(pixels, exampleSide, 74))}">${marks(
      example,
      outlines,
    )}</div>${below}</figure>`;
  const figures = [await figure(image, `Image ${path}`, html`<figcaption><span>example</span></figcaption>`)];
  for (const [i, map] of found.entries()) {
    const painted = overlayMap(image, map, { range, opacity: 0.75, saturation: 0.25 });
    figures.push(await figure(painted, `Evidence for ${maps[i].className} in ${path}`, caption(maps[i])));
  }
  return figures;
}

/**
 * An example beside a picture of each of its maps, or why its image cannot be read.
 *
 * @param methodName where examples beside it are of other methods
 */
export async function exampleCard(example: Example, root: string, methodName?: string): Promise<Html> {
  const { path, classes } = example;
  const image = await readImage(join(root, path), { maxSide: exampleSide }).catch((error: Error) => error);
  const shown = image instanceof Error ? failure(image.message) : await exampleFigures(example, rgbaPixels(image));
  const detail = methodName === undefined ? path : `${path} · ${methodName}`;
  return card({ path, name: classes.join(', '), detail, level: 3 }, html`<div class="maps">${shown}</div>`);
}
